/**
 * MLflow's filter grammar: comparisons joined by AND, nothing else.
 *
 *     filter     := comparison (AND comparison)*
 *     comparison := identifier (operator value | [NOT] IN (text, …) | IS [NOT] NULL)
 *     identifier := [prefix .] key          the key may stand in backticks or double quotes
 */
import { type Identifier, parseTest, type Test, type ValueKind } from './parse-test.ts'
import { isKeyword, type TokenReader, tokenReader } from './token-reader.ts'
import { type Token } from './tokens.ts'
import { type Entity, type Vocabulary, datasetAttributes } from './vocabulary.ts'

/** One comparison: what is asked of what. Attributes have their proper name here, whatever was written. */
export interface Condition {
  readonly entity: Entity
  readonly key: string
  readonly test: Test
}

/**
 * The conditions of a filter, all of which must hold; none for an empty one.
 *
 * @throws INVALID_PARAMETER_VALUE saying what was expected and found, and at which character
 */
export function parseFilter(filter: string | undefined, vocabulary: Vocabulary): readonly Condition[] {
  if (filter === undefined || filter.trim() === '') return []
  const reader = tokenReader(filter)
  const conditions = [parseComparison(reader, vocabulary)]
  while (reader.peek().kind !== 'end') {
    const token = reader.next()
    if (!isKeyword(token, 'AND')) {
      throw reader.error(`Invalid clause(s) in filter string: expected AND, found ${token.source}`, token)
    }
    conditions.push(parseComparison(reader, vocabulary))
  }
  return conditions
}

/** Reads `[prefix.]key`. */
export function parseIdentifier(reader: TokenReader, vocabulary: Vocabulary): Identifier {
  const token = reader.next()
  const { start } = token
  if (token.kind === 'name') return { entity: 'attribute', key: properName(token.value, vocabulary), start }
  if (token.kind !== 'word') {
    throw reader.error(
      `Invalid clause(s) in filter string: expected a name such as metrics.accuracy, found ${token.source}`,
      token,
    )
  }
  const dot = token.value.indexOf('.')
  if (dot === -1) return { entity: 'attribute', key: properName(token.value, vocabulary), start }
  const prefix = token.value.slice(0, dot)
  const entity = Object.hasOwn(vocabulary.prefixes, prefix) ? vocabulary.prefixes[prefix] : undefined
  if (entity === undefined) {
    const known = Object.keys(vocabulary.prefixes).join(', ')
    throw reader.error(`Invalid entity type '${prefix}'. Valid values are ${known}`, token)
  }
  const key = token.value.slice(dot + 1) || quotedKey(reader, token)
  return { entity, key: entity === 'attribute' ? properName(key, vocabulary) : key, start }
}

function quotedKey(reader: TokenReader, prefix: Token): string {
  const token = reader.peek()
  const adjacent = token.start === prefix.start + prefix.source.length
  if (adjacent && (token.kind === 'name' || token.kind === 'text')) return reader.next().value
  throw reader.error(`Invalid clause(s) in filter string: expected a key after ${prefix.source}`, token)
}

function properName(name: string, { synonyms }: Vocabulary): string {
  return (Object.hasOwn(synonyms, name) ? synonyms[name] : undefined) ?? name
}

function parseComparison(reader: TokenReader, vocabulary: Vocabulary): Condition {
  const identifier = parseIdentifier(reader, vocabulary)
  const kind = valueKind(reader, identifier, vocabulary)
  const { entity, key } = identifier
  return { entity, key, test: parseTest(reader, identifier, kind, vocabulary) }
}

function valueKind(reader: TokenReader, { entity, key, start }: Identifier, vocabulary: Vocabulary): ValueKind {
  if (entity === 'metric') return 'number'
  if (entity === 'dataset' && !datasetAttributes.includes(key)) {
    throw reader.error(`Invalid dataset key '${key}' specified. Valid keys are ${datasetAttributes.join(', ')}`, {
      start,
    })
  }
  if (entity !== 'attribute') return 'text'
  const kind = Object.hasOwn(vocabulary.attributes, key) ? vocabulary.attributes[key] : undefined
  if (kind !== undefined) return kind
  const known = Object.keys(vocabulary.attributes).join(', ')
  throw reader.error(`Invalid attribute key '${key}' specified. Valid keys are ${known}`, { start })
}
