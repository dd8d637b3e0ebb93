/** Where the parts of traces are in a database: what MLflow has made of its schema since our revision. */
import { type TextMap } from '../entities.ts'
import { pythonJson } from '../python-json.ts'
import { traceKeys } from '../trace-entities.ts'
import { findTables, type OwnTableName, type Twins, twinsOf, withTwins } from './own-tables.ts'
import { type StoreContext } from './store-context.ts'

export interface TraceTables {
  /** Whether trace_info has the columns of `promotedColumns`, instead of tags and metadata. */
  readonly promoted: boolean
  readonly spans: Twins<'millrace_spans'>
  readonly assessments: Twins<'millrace_assessments'>
  /** Columns of MLflow's assessments that ours do not have. */
  readonly assessmentStatistics: boolean
  readonly associations: Twins<'millrace_entity_associations'>
}

const names: readonly OwnTableName[] = ['millrace_spans', 'millrace_assessments', 'millrace_entity_associations']

export async function findTraceTables(place: Pick<StoreContext, 'db' | 'dialect'>): Promise<TraceTables> {
  const found = await findTables(place, ['trace_info', ...withTwins(names)])
  return {
    promoted: found.get('trace_info')?.has('trace_name') === true,
    spans: twinsOf(found, 'millrace_spans'),
    assessments: twinsOf(found, 'millrace_assessments'),
    assessmentStatistics: found.get('assessments')?.has('aggregate_value') === true,
    associations: twinsOf(found, 'millrace_entity_associations'),
  }
}

const tokenColumns = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation_input_tokens_above_1hr',
] as const
const costColumns = ['input_cost', 'output_cost', 'total_cost'] as const

export const promotedColumns = ['trace_name', 'session_id', ...tokenColumns, ...costColumns] as const

type PromotedColumn = (typeof promotedColumns)[number]
type PromotedValues = { readonly [C in PromotedColumn]?: string | number | null }

/** The values of the columns, and tags and metadata without them. */
export function promote(
  tags: TextMap,
  metadata: TextMap,
): { readonly columns: Record<string, string | number | null>; readonly tags: TextMap; readonly metadata: TextMap } {
  const { [traceKeys.name]: name, ...otherTags } = tags
  const {
    [traceKeys.session]: session,
    [traceKeys.tokenUsage]: tokens,
    [traceKeys.cost]: cost,
    ...otherMetadata
  } = metadata
  return {
    tags: otherTags,
    metadata: otherMetadata,
    columns: {
      trace_name: name ?? null,
      session_id: session ?? null,
      ...numbersOf(tokens, tokenColumns),
      ...numbersOf(cost, costColumns),
    },
  }
}

/** Tags and metadata as they were. */
export function demote(row: PromotedValues): { readonly tags: TextMap; readonly metadata: TextMap } {
  const tokens = present(row, tokenColumns)
  const cost = present(row, costColumns)
  return {
    tags: typeof row.trace_name === 'string' ? { [traceKeys.name]: row.trace_name } : {},
    metadata: {
      ...(typeof row.session_id === 'string' && { [traceKeys.session]: row.session_id }),
      ...(tokens !== undefined && { [traceKeys.tokenUsage]: tokens }),
      ...(cost !== undefined && { [traceKeys.cost]: cost }),
    },
  }
}

function numbersOf(json: string | undefined, columns: readonly string[]): Record<string, number | null> {
  const found = parsed(json)
  return Object.fromEntries(columns.map((column) => [column, typeof found[column] === 'number' ? found[column] : null]))
}

function parsed(json: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function present(row: PromotedValues, columns: readonly PromotedColumn[]): string | undefined {
  const pairs = columns.flatMap((column) => (typeof row[column] === 'number' ? [[column, row[column]] as const] : []))
  return pairs.length === 0 ? undefined : pythonJson(Object.fromEntries(pairs))
}
