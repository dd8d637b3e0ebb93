/** Which method and threshold a column gets, and by which rule. */
import { MillraceError } from '../core/index.ts'
import type { MonitoredType } from './column-type.ts'
import { driftMethod, type DriftMethodName } from './methods.ts'
import type { DriftOptions } from './options.ts'
import { COUNTED_VALUES } from './statistics/binning.ts'

/** Types that are scored. */
export type ScoredType = Exclude<MonitoredType, 'datetime' | 'unknown'>

/** Who chose a column's method: its own setting, that of its type, the one for all columns, or the default table. */
export type ChosenBy = 'column' | 'type' | 'method' | 'default'

export interface MethodChoice {
  readonly method: DriftMethodName
  readonly threshold: number
  readonly chosenBy: ChosenBy
  /** The rule in words. */
  readonly rule: string
}

/** What the default table looks at. */
export interface ColumnFacts {
  readonly name: string
  readonly type: ScoredType
  /** Reference rows with a value. */
  readonly referenceRows: number
  /** Distinct values of both sides together; beyond 20 any number will do. */
  readonly distinct: number
}

const typeMethod = { numerical: 'numMethod', categorical: 'catMethod', text: 'textMethod' } as const
const typeThreshold = { numerical: 'numThreshold', categorical: 'catThreshold', text: 'textThreshold' } as const

/** The setting for the column before that for its type, before that for all columns, before the default table. */
export function chooseMethod(facts: ColumnFacts, options: DriftOptions): MethodChoice {
  const chosen = methodFor(facts, options)
  const threshold =
    ownEntry(options.perColumnThreshold, facts.name) ??
    options[typeThreshold[facts.type]] ??
    options.threshold ??
    driftMethod(chosen.method).threshold
  checkFits(facts, chosen.method)
  return { ...chosen, threshold }
}

function methodFor(facts: ColumnFacts, options: DriftOptions): Omit<MethodChoice, 'threshold'> {
  const own = ownEntry(options.perColumnMethod, facts.name)
  if (own !== undefined) return { method: own, chosenBy: 'column', rule: 'named for this column' }
  const ofType = options[typeMethod[facts.type]]
  if (ofType !== undefined) return { method: ofType, chosenBy: 'type', rule: `named for ${facts.type} columns` }
  const forAll = options.method
  if (forAll !== undefined) return { method: forAll, chosenBy: 'method', rule: 'named for all columns' }
  return { ...defaultMethod(facts), chosenBy: 'default' }
}

/** Evidently's table: significance tests up to 1000 reference rows, distances above. */
function defaultMethod({ type, referenceRows, distinct }: ColumnFacts): { method: DriftMethodName; rule: string } {
  const few = referenceRows <= 1000
  const rows = few ? 'at most 1000 reference rows' : 'more than 1000 reference rows'
  if (type === 'text')
    return { method: few ? 'perc_text_content_drift' : 'abs_text_content_drift', rule: `text, ${rows}` }
  const border = type === 'numerical' ? 5 : 2
  const values = distinct > border ? `more than ${border} distinct values` : `at most ${border} distinct values`
  const rule = `${type}, ${rows}, ${values}`
  if (type === 'numerical' && distinct > 5) return { method: few ? 'ks' : 'wasserstein', rule }
  if (!few) return { method: 'jensenshannon', rule }
  return distinct > 2 ? { method: 'chisquare', rule } : { method: 'z', rule: rule.replace(/ 5 /, ' 2 ') }
}

/** Tests of categories take numbers too, where these have few values. */
function checkFits({ name, type, distinct }: ColumnFacts, method: DriftMethodName): void {
  const { numbers, counts, texts } = driftMethod(method)
  if (
    type === 'text'
      ? texts !== undefined
      : counts !== undefined && (type === 'categorical' || distinct <= COUNTED_VALUES)
  )
    return
  if (type === 'numerical' && numbers !== undefined) return
  const kinds = [numbers && 'numerical', counts && 'categorical', texts && 'text'].filter((kind) => kind !== undefined)
  throw new MillraceError(
    'INVALID_CONFIG',
    `Column "${name}" is ${type}, but ${method} compares ${kinds.join(' and ')} columns. ` +
      'Choose another method for it, or give it another type under "types".',
  )
}

function ownEntry<T>(entries: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined
}
