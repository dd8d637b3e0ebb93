/** What the drift methods compare: two samples of one column, in the form that all methods of a kind share. */

/** Numbers of a column on both sides, each sorted ascending; finite, at least one a side. */
export interface NumberSamples {
  readonly reference: Float64Array
  readonly current: Float64Array
  /** Whether both columns hold whole numbers without gaps: bins of those are at least 1 wide, as in NumPy. */
  readonly whole: boolean
}

/** How often each value occurs on both sides. Values are distinct, sorted; no count is missing, zeros are given. */
export interface ValueCounts {
  readonly values: readonly string[]
  /** [values.length] */
  readonly reference: readonly number[]
  /** [values.length] */
  readonly current: readonly number[]
}

/** Texts of both sides, without missing ones. */
export interface TextSamples {
  readonly reference: readonly string[]
  readonly current: readonly string[]
}

/** The values of numbers, counted; in the order of the numbers. */
export function countNumbers({ reference, current }: NumberSamples): ValueCounts {
  const counts = { values: [] as string[], reference: [] as number[], current: [] as number[] }
  forEachValue(reference, current, (value, inReference, inCurrent) => {
    counts.values.push(String(value))
    counts.reference.push(inReference)
    counts.current.push(inCurrent)
  })
  return counts
}

/** Calls `visit` for each distinct value of two sorted arrays, ascending, with how often each side has it. */
export function forEachValue(
  first: Float64Array,
  second: Float64Array,
  visit: (value: number, inFirst: number, inSecond: number) => void,
): void {
  const [n, m] = [first.length, second.length]
  let [i, j] = [0, 0]
  while (i < n || j < m) {
    const value = j >= m || (i < n && first[i]! <= second[j]!) ? first[i]! : second[j]!
    const [startOfFirst, startOfSecond] = [i, j]
    while (i < n && first[i] === value) i++
    while (j < m && second[j] === value) j++
    visit(value, i - startOfFirst, j - startOfSecond)
  }
}

/** How many distinct values two sorted arrays have together; counting stops above `limit`. */
export function countDistinct(first: Float64Array, second: Float64Array, limit = Number.POSITIVE_INFINITY): number {
  let [i, j, distinct] = [0, 0, 0]
  while ((i < first.length || j < second.length) && distinct <= limit) {
    const value = j >= second.length || (i < first.length && first[i]! <= second[j]!) ? first[i]! : second[j]!
    while (i < first.length && first[i] === value) i++
    while (j < second.length && second[j] === value) j++
    distinct++
  }
  return distinct
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
