/** Holding two answers to the same question against each other. */
import type { Answer } from '../api/serving.ts'

/** Classes with their probabilities, the most probable first. */
export function sortedShares({ probabilities }: Answer): readonly (readonly [string, number])[] {
  return Object.entries(probabilities).toSorted(([, a], [, b]) => b - a)
}

/** The largest difference of a probability, or of the number that was predicted. NaN where they cannot be compared. */
export function largestDifference(a: Answer, b: Answer): number {
  const names = Object.keys(a.probabilities)
  if (names.length === 0) return Math.abs(Number(a.prediction) - Number(b.prediction))
  return Math.max(...names.map((name) => Math.abs(a.probabilities[name]! - (b.probabilities[name] ?? Number.NaN))))
}
