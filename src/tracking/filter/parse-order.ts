import { invalidParameter } from '../validation.ts'
import { parseIdentifier } from './parse-filter.ts'
import { isKeyword, type TokenReader, tokenReader } from './token-reader.ts'
import { type RunEntity, type Vocabulary } from './vocabulary.ts'

/** One thing to order by. */
export interface Order<E extends string = RunEntity> {
  readonly entity: E | 'attribute'
  readonly key: string
  readonly descending: boolean
  /** Whether texts that are numbers go by their value, before all others. MLflow has no such thing. */
  readonly numeric?: true
}

/**
 * Order clauses such as `metrics.accuracy DESC` or `start_time`; ascending where nothing is said. As an
 * extension `params.rate NUMERIC DESC` orders texts as numbers.
 *
 * @throws INVALID_PARAMETER_VALUE for a clause that cannot be read, an unknown attribute or one named twice
 */
export function parseOrder<E extends string>(
  clauses: readonly string[] | undefined,
  vocabulary: Vocabulary<E>,
): readonly Order<E>[] {
  const orders = (clauses ?? []).map((clause) => parseClause(clause, vocabulary))
  const names = orders.map(({ entity, key }) => `${entity}.${key}`)
  if (new Set(names).size < names.length) {
    throw invalidParameter(`\`order_by\` contains duplicate fields: ${(clauses ?? []).join(', ')}`)
  }
  return orders
}

function parseClause<E extends string>(clause: string, vocabulary: Vocabulary<E>): Order<E> {
  const reader = tokenReader(clause)
  const { entity, key, start } = parseIdentifier(reader, vocabulary)
  if (entity === 'attribute' && !vocabulary.orders.includes(key)) {
    throw reader.error(`Invalid attribute key '${key}' specified. Valid keys are ${vocabulary.orders.join(', ')}`, {
      start,
    })
  }
  if (entity === 'dataset') throw reader.error(`Invalid order_by entity type 'dataset'`, { start })
  const numeric = isKeyword(reader.peek(), 'NUMERIC') && (entity === 'param' || entity === 'tag')
  if (numeric) reader.next()
  return { entity, key, descending: parseDirection(reader, clause), ...(numeric && { numeric }) }
}

function parseDirection(reader: TokenReader, clause: string): boolean {
  const token = reader.next()
  if (token.kind === 'end') return false
  const direction = token.value.toLowerCase()
  if (token.kind !== 'word' || !['asc', 'desc'].includes(direction)) {
    throw reader.error(`Invalid ordering key in order_by clause '${clause}'. Expected ASC or DESC`, token)
  }
  const rest = reader.next()
  if (rest.kind !== 'end') throw reader.error(`Invalid order_by clause '${clause}'. Could not be parsed`, rest)
  return direction === 'desc'
}
