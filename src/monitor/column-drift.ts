/** Comparing one column on both sides: score, verdict, and the distributions to look at. */
import { DataError } from '../core/index.ts'
import { type ChosenBy, chooseMethod, type ScoredType } from './choose-method.ts'
import { driftMethod, type DriftMethodName, type RowCounts } from './methods.ts'
import type { DriftOptions } from './options.ts'
import type { ColumnProfile } from './profile.ts'
import { COUNTED_VALUES } from './statistics/binning.ts'
import {
  countDistinct,
  countNumbers,
  type NumberSamples,
  type TextSamples,
  type ValueCounts,
} from './statistics/samples.ts'

export interface ColumnDrift {
  readonly type: ScoredType
  readonly method: DriftMethodName
  /** Evidently's name of the method in its results. */
  readonly label: string
  /** A p-value, a distance or an AUC: see `kind`. */
  readonly score: number
  readonly kind: 'p-value' | 'distance' | 'classifier'
  readonly threshold: number
  readonly drift: boolean
  readonly chosenBy: ChosenBy
  /** The rule that chose the method, in words. */
  readonly rule: string
  /** Rows with a value. */
  readonly rows: RowCounts
  /** The p-value after the correction for many columns, where one was asked for; the verdict is on this one. */
  readonly adjusted?: number
  /** Categories of the current table that the reference does not have: the most frequent 20. */
  readonly unseen?: readonly string[]
}

/** @throws DataError naming the column when a side has no value, or a method cannot score what it holds */
export function compareColumn(
  name: string,
  reference: ColumnProfile,
  current: ColumnProfile,
  options: DriftOptions,
): ColumnDrift {
  const samples = pair(name, reference, current)
  const choice = chooseMethod(
    { name, type: samples.type, referenceRows: samples.rows.reference, distinct: samples.distinct },
    options,
  )
  const method = driftMethod(choice.method)
  const score = inColumn(name, () => scoreOf(choice.method, samples))
  return {
    type: samples.type,
    method: choice.method,
    label: method.label,
    score,
    kind: method.kind,
    threshold: choice.threshold,
    drift: method.isDrift(score, choice.threshold, samples.rows),
    chosenBy: choice.chosenBy,
    rule: choice.rule,
    rows: samples.rows,
    ...(samples.type === 'categorical' && unseenValues(samples.counts)),
  }
}

type Samples = { readonly rows: RowCounts; readonly distinct: number } & (
  | { readonly type: 'numerical'; readonly numbers: NumberSamples }
  | { readonly type: 'categorical'; readonly counts: ValueCounts }
  | { readonly type: 'text'; readonly texts: TextSamples }
)

function pair(name: string, reference: ColumnProfile, current: ColumnProfile): Samples {
  const rows = { reference: valuesOf(reference), current: valuesOf(current) }
  requireValues(name, 'reference', rows.reference)
  requireValues(name, 'current', rows.current)
  if (reference.type === 'numerical' && current.type === 'numerical') {
    const numbers = { reference: reference.sorted, current: current.sorted, whole: reference.whole && current.whole }
    return {
      type: 'numerical',
      rows,
      numbers,
      distinct: countDistinct(numbers.reference, numbers.current, COUNTED_VALUES),
    }
  }
  if (reference.type === 'categorical' && current.type === 'categorical') {
    const counts = pairCounts(reference.counts, current.counts)
    return { type: 'categorical', rows, counts, distinct: counts.values.length }
  }
  if (reference.type === 'text' && current.type === 'text') {
    const distinct = Math.max(reference.distinct, current.distinct)
    return { type: 'text', rows, distinct, texts: { reference: reference.texts, current: current.texts } }
  }
  throw new Error(`Column "${name}" was profiled as ${reference.type} and as ${current.type}.`)
}

/** Counts of the union of values: numbers in their order, then words in that of their code units. */
export function pairCounts(reference: ReadonlyMap<string, number>, current: ReadonlyMap<string, number>): ValueCounts {
  const values = [...new Set([...reference.keys(), ...current.keys()])]
  const areNumbers = values.every((value) => value !== '' && Number.isFinite(Number(value)))
  values.sort(areNumbers ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    values,
    reference: values.map((value) => reference.get(value) ?? 0),
    current: values.map((value) => current.get(value) ?? 0),
  }
}

function scoreOf(name: DriftMethodName, samples: Samples): number {
  const { numbers, counts, texts } = driftMethod(name)
  if (samples.type === 'numerical') return numbers?.(samples.numbers) ?? counts!(countNumbers(samples.numbers))
  return samples.type === 'categorical' ? counts!(samples.counts) : texts!(samples.texts)
}

function unseenValues({ values, reference, current }: ValueCounts): { readonly unseen?: readonly string[] } {
  const unseen = values
    .map((value, i) => ({ value, seen: reference[i]!, count: current[i]! }))
    .filter(({ seen }) => seen === 0)
    .sort((a, b) => b.count - a.count)
  return unseen.length === 0 ? {} : { unseen: unseen.slice(0, 20).map(({ value }) => value) }
}

function valuesOf(profile: ColumnProfile): number {
  return profile.type === 'numerical' ? profile.sorted.length : profile.rowCount - profile.missing
}

function requireValues(name: string, side: string, count: number): void {
  if (count > 0) return
  throw new DataError(
    { column: name },
    `It has no value in the ${side} data: all are missing or infinite. Leave the column out under "columns", or mend the data.`,
  )
}

/** Puts the name of the column before the message of a method. */
function inColumn<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && !(error instanceof DataError))
      throw new DataError({ column: name }, error.message, { cause: error })
    throw error
  }
}
