/** One test of a report: a value, what it is held against, and the verdict in Evidently's words. */

export interface Check {
  /** Such as `Mean value of 'body_mass_g': Equal 4201.754 ± 420.175`. */
  readonly name: string
  /** The same with the value that was found. */
  readonly description: string
  readonly status: 'SUCCESS' | 'FAIL'
  /** The column, of tests of one. */
  readonly column?: string
}

interface Found {
  /** What was measured, in words. */
  readonly label: string
  readonly value: number
  readonly column?: string
}

/** The value is `expected`, within `tolerance` where one is given. */
export function checkEqual(found: Found, expected: number, tolerance?: number): Check {
  const bound = tolerance === undefined ? digits(expected) : `${digits(expected)} ± ${digits(tolerance)}`
  const passed = Math.abs(found.value - expected) <= (tolerance ?? 0)
  return check(found, `Equal ${bound}`, `${passed ? ' expected' : ', but expected'} ${bound}`, passed)
}

export function checkAtMost(found: Found, bound: number): Check {
  const passed = found.value <= bound
  return check(found, `Less or Equal ${digits(bound)}`, `${passed ? '<=' : '>'} ${digits(bound)}`, passed)
}

export function checkLess(found: Found, bound: number): Check {
  const passed = found.value < bound
  return check(found, `Less ${digits(bound)}`, `${passed ? '<' : '>='} ${digits(bound)}`, passed)
}

export function checkGreater(found: Found, bound: number): Check {
  const passed = found.value > bound
  return check(found, `Greater ${digits(bound)}`, `${passed ? '>' : '<='} ${digits(bound)}`, passed)
}

/** max(|reference| · relative, 1e-12): how far a value may be from that of the reference. */
export function toleranceOf(reference: number, relative: number): number {
  return Math.max(Math.abs(reference) * relative, 1e-12)
}

function digits(value: number): string {
  return value.toFixed(3)
}

function check({ label, value, column }: Found, name: string, comparison: string, passed: boolean): Check {
  return {
    name: `${label}: ${name}`,
    description: `${label}: Actual value ${digits(value)} ${comparison}`,
    status: passed ? 'SUCCESS' : 'FAIL',
    ...(column !== undefined && { column }),
  }
}
