/** The right side of a comparison: what is asked of a value. */
import { asError } from '../../core/index.ts'
import { matchesExpression } from './regular-expression.ts'
import { isKeyword, type TokenReader } from './token-reader.ts'
import { type Token } from './tokens.ts'
import { type RunEntity, type Vocabulary } from './vocabulary.ts'

type NumberOperator = '=' | '!=' | '<' | '<=' | '>' | '>='
type TextOperator = '=' | '!=' | 'LIKE' | 'ILIKE' | 'RLIKE'

/** What is asked of a value. */
export type Test =
  | { readonly kind: 'number'; readonly operator: NumberOperator; readonly value: number }
  | { readonly kind: 'text'; readonly operator: TextOperator; readonly value: string }
  | { readonly kind: 'list'; readonly operator: 'IN' | 'NOT IN'; readonly values: readonly string[] }
  | { readonly kind: 'null'; readonly operator: 'IS NULL' | 'IS NOT NULL' }

/** A name as it was found, and where. */
export interface Identifier<E extends string = RunEntity> {
  readonly entity: E | 'attribute'
  readonly key: string
  readonly start: number
}

export type ValueKind = Vocabulary['attributes'][string] | 'mixed'

/**
 * Reads operator and value of a comparison.
 *
 * @throws INVALID_PARAMETER_VALUE for an operator or value that `identifier` cannot be compared by
 */
export function parseTest<E extends string>(
  reader: TokenReader,
  identifier: Identifier<E>,
  kind: ValueKind,
  vocabulary: Vocabulary<E>,
): Test {
  const token = reader.next()
  if (isKeyword(token, 'IS')) return parseNullTest(reader, identifier, vocabulary)
  if (isKeyword(token, 'IN', 'NOT')) return parseList(reader, token, identifier, vocabulary)
  if (token.kind !== 'operator' && !isKeyword(token, 'LIKE', 'ILIKE', 'RLIKE')) {
    throw reader.error(
      `Invalid comparison clause. Expected a comparison such as = or LIKE, found ${token.source}`,
      token,
    )
  }
  if (kind === 'mixed') {
    const isOrder = token.value.startsWith('<') || token.value.startsWith('>')
    return isOrder ? parseNumber(reader, token, identifier, 'number') : parseText(reader, token, identifier)
  }
  return kind === 'text' ? parseText(reader, token, identifier) : parseNumber(reader, token, identifier, kind)
}

function parseNumber(
  reader: TokenReader,
  operator: Token,
  { entity, key }: Identifier<string>,
  kind: 'number' | 'integer',
): Test {
  if (operator.kind !== 'operator') {
    throw reader.error(`Invalid comparator '${operator.value}' not one of =, !=, <, <=, >, >=`, operator)
  }
  const token = reader.next()
  const unquoted = token.kind === 'word' || (kind === 'integer' && token.kind === 'text')
  if (!unquoted || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(token.value)) {
    const what = entity === 'attribute' ? `numeric attribute: ${key}` : entity
    throw reader.error(`Expected numeric value type for ${what}. Found ${token.source}`, token)
  }
  const value = Number(token.value)
  if (kind === 'integer' && !Number.isInteger(value)) {
    throw reader.error(`Invalid value for numeric attribute '${key}': ${token.source}. Expected a whole number`, token)
  }
  return { kind: 'number', operator: operator.value as NumberOperator, value }
}

/** What messages call some entities. */
const spokenNames: Readonly<Record<string, string>> = {
  param: 'parameter',
  attribute: 'attributes',
  dataset: 'dataset attributes',
}

function parseText(reader: TokenReader, operator: Token, { entity }: Identifier<string>): Test {
  const comparator = operator.value.toUpperCase()
  if (!['=', '!=', 'LIKE', 'ILIKE', 'RLIKE'].includes(comparator)) {
    throw reader.error(`Invalid comparator '${comparator}' not one of =, !=, LIKE, ILIKE`, operator)
  }
  const token = reader.next()
  if (token.kind !== 'text') {
    const what = spokenNames[entity] ?? entity
    throw reader.error(`Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${token.source}`, token)
  }
  if (comparator === 'RLIKE') checkExpression(reader, token)
  return { kind: 'text', operator: comparator as TextOperator, value: token.value }
}

function checkExpression(reader: TokenReader, token: Token): void {
  try {
    matchesExpression(token.value, '')
  } catch (error) {
    throw reader.error(`Invalid regular expression ${token.source}: ${asError(error).message}`, token)
  }
}

function parseNullTest<E extends string>(
  reader: TokenReader,
  { entity, key, start }: Identifier<E>,
  vocabulary: Vocabulary<E>,
): Test {
  const negated = isKeyword(reader.peek(), 'NOT')
  if (negated) reader.next()
  const token = reader.next()
  if (!isKeyword(token, 'NULL'))
    throw reader.error(`Invalid comparison clause. Expected NULL, found ${token.source}`, token)
  if (entity === 'attribute' || !vocabulary.nullable.includes(entity)) {
    const allowed = vocabulary.nullable.map((known) => `${known}s`).join(' and ') || 'nothing here'
    throw reader.error(`IS NULL / IS NOT NULL is only supported for ${allowed}, not for '${entity}' '${key}'`, {
      start,
    })
  }
  return { kind: 'null', operator: negated ? 'IS NOT NULL' : 'IS NULL' }
}

function parseList<E extends string>(
  reader: TokenReader,
  first: Token,
  { entity, key, start }: Identifier<E>,
  vocabulary: Vocabulary<E>,
): Test {
  const negated = isKeyword(first, 'NOT')
  if (negated && !isKeyword(reader.peek(), 'IN')) {
    throw reader.error(`Invalid comparison clause. Expected IN after NOT, found ${reader.peek().source}`, reader.peek())
  }
  if (negated) reader.next()
  const isListed =
    entity === 'attribute' ? vocabulary.lists.includes(key) : vocabulary.listed?.includes(entity) === true
  if (!isListed) {
    const allowed = vocabulary.lists.join(', ')
    throw reader.error(`Only ${allowed} attributes support comparison with a list of quoted string values`, { start })
  }
  return { kind: 'list', operator: negated ? 'NOT IN' : 'IN', values: parseValues(reader) }
}

function parseValues(reader: TokenReader): readonly string[] {
  const open = reader.next()
  if (open.value !== '(')
    throw reader.error(`Invalid comparison clause. Expected a list in parentheses, found ${open.source}`, open)
  const values: string[] = []
  for (;;) {
    const token = reader.next()
    if (token.kind !== 'text') {
      const reason = 'While parsing a list in the query, expected a non-empty list of quoted string values'
      throw reader.error(`${reason}, found ${token.source}`, token)
    }
    values.push(token.value)
    const separator = reader.next()
    if (separator.value === ')') return values
    if (separator.value !== ',') {
      throw reader.error(`While parsing a list in the query, expected , or ), found ${separator.source}`, separator)
    }
    if (reader.peek().value === ')') {
      reader.next()
      return values
    }
  }
}
