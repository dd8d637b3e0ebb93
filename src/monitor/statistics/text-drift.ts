/** Drift of texts: how well a classifier of words tells current texts from those of the reference. */
import { MillraceError, Random } from '../../core/index.ts'
import { rocAuc } from '../../metrics/index.ts'
import type { TextSamples } from './samples.ts'
import { normalTail } from '../../metrics/special-functions.ts'

/**
 * The ROC AUC, on a random half of the texts, of a logistic regression over TF-IDF word weights that was fitted to the
 * other half: 0.5 where the texts are alike. The same texts give the same score. Evidently fits another linear model,
 * so its scores differ in the second decimal.
 *
 * @throws MillraceError INVALID_DATA when there are too few texts to divide
 */
export function domainClassifierAuc({ reference, current }: TextSamples): number {
  if (Math.min(reference.length, current.length) < 2) {
    throw new MillraceError('INVALID_DATA', 'Text drift needs two texts on each side at least. Compare more rows.')
  }
  const texts = [...reference, ...current]
  const isCurrent = (row: number): number => (row >= reference.length ? 1 : 0)
  const [training, held] = halvesWithBoth(texts.length, isCurrent)
  const actual = Array.from(held, isCurrent)
  const weigh = fitTermWeights(Array.from(training, (row) => wordsOf(texts[row]!)))
  const score = fitLogistic(
    Array.from(training, (row) => weigh(wordsOf(texts[row]!))),
    Array.from(training, isCurrent),
  )
  const scores = Array.from(held, (row) => score(weigh(wordsOf(texts[row]!))))
  return rocAuc(actual, scores, { positive: 1 })
}

/** Random halves of the rows, each with rows of both sides. */
function halvesWithBoth(rowCount: number, side: (row: number) => number): [training: Uint32Array, held: Uint32Array] {
  const half = Math.floor(rowCount / 2)
  for (let random = new Random(42).fork('text drift'); ; random = random.fork('again')) {
    const order = random.permutation(rowCount)
    const halves: [Uint32Array, Uint32Array] = [order.subarray(0, half), order.subarray(half)]
    if (halves.every((rows) => new Set(Array.from(rows, side)).size === 2)) return halves
  }
}

/** The AUC that a random order of as many held-out texts exceeds with probability `p` (normal approximation). */
export function randomClassifierAuc(p: number, referenceRows: number, currentRows: number): number {
  const [n, m] = [referenceRows / 2, currentRows / 2]
  return 0.5 + normalQuantile(p) * Math.sqrt((n + m + 1) / (12 * n * m))
}

type Terms = ReadonlyMap<string, number>

function wordsOf(text: string): Terms {
  const counts = new Map<string, number>()
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}_]{2,}/gu)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** Sublinear TF-IDF of unit length; words in more than half of the texts are left out. */
function fitTermWeights(texts: readonly Terms[]): (words: Terms) => Terms {
  const documents = new Map<string, number>()
  for (const words of texts) for (const word of words.keys()) documents.set(word, (documents.get(word) ?? 0) + 1)
  return (words) => {
    const weights = [...words].flatMap(([word, count]): [string, number][] => {
      const seen = documents.get(word)
      if (seen === undefined || seen > texts.length / 2) return []
      return [[word, (1 + Math.log(count)) * (Math.log((1 + texts.length) / (1 + seen)) + 1)]]
    })
    const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1
    return new Map(weights.map(([word, weight]) => [word, weight / length]))
  }
}

/** Logistic regression by 20 passes of stochastic gradient descent; gives the linear score. */
function fitLogistic(rows: readonly Terms[], labels: readonly number[]): (row: Terms) => number {
  const weights = new Map<string, number>()
  let intercept = 0
  const score = (row: Terms): number => {
    let sum = intercept
    for (const [word, value] of row) sum += (weights.get(word) ?? 0) * value
    return sum
  }
  for (let pass = 0; pass < 20; pass++) {
    const rate = 2 / (1 + pass)
    rows.forEach((row, i) => {
      const error = 1 / (1 + Math.exp(-score(row))) - labels[i]!
      intercept -= rate * error * 0.1
      for (const [word, value] of row) weights.set(word, (weights.get(word) ?? 0) - rate * error * value)
    })
  }
  return score
}

function normalQuantile(tail: number): number {
  let [low, high] = [-40, 40]
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2
    if (normalTail(middle) > tail) low = middle
    else high = middle
  }
  return low
}
