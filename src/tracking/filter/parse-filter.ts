/**
 * MLflow's filter grammar, comparisons joined by AND, and as an extension OR, parentheses and RLIKE.
 *
 *     filter      := conjunction (OR conjunction)*
 *     conjunction := group (AND group)*
 *     group       := comparison | ( filter )
 *     comparison  := identifier (operator value | [NOT] IN (text, …) | IS [NOT] NULL)
 *     identifier  := [prefix .] key         the key may stand in backticks or double quotes
 */
import { type Identifier, parseTest, type Test, type ValueKind } from './parse-test.ts'
import { isKeyword, type TokenReader, tokenReader } from './token-reader.ts'
import { type Token } from './tokens.ts'
import { type RunEntity, type Vocabulary } from './vocabulary.ts'

/** One comparison: what is asked of what. Attributes have their proper name here, whatever was written. */
export interface Condition<E extends string = RunEntity> {
  readonly entity: E | 'attribute'
  readonly key: string
  readonly test: Test
}

/** Of these, one at least must hold. MLflow has no such thing; its clients never send one. */
interface Alternatives<E extends string> {
  readonly any: readonly Conjunction<E>[]
}

/** All of these must hold. */
export type Conjunction<E extends string = RunEntity> = readonly (Condition<E> | Alternatives<E>)[]

/**
 * The conditions of a filter, all of which must hold; none for an empty one.
 *
 * @throws INVALID_PARAMETER_VALUE saying what was expected and found, and at which character
 */
export function parseFilter<E extends string>(filter: string | undefined, vocabulary: Vocabulary<E>): Conjunction<E> {
  if (filter === undefined || filter.trim() === '') return []
  const reader = tokenReader(filter)
  const conjunction = parseAlternatives(reader, vocabulary, 0)
  const token = reader.next()
  if (token.kind === 'end') return conjunction
  throw reader.error(`Invalid clause(s) in filter string: expected AND, found ${token.source}`, token)
}

/** How deep parentheses may stand in each other. */
const maxDepth = 20

function parseAlternatives<E extends string>(
  reader: TokenReader,
  vocabulary: Vocabulary<E>,
  depth: number,
): Conjunction<E> {
  const any = [parseConjunction(reader, vocabulary, depth)]
  while (isKeyword(reader.peek(), 'OR')) {
    reader.next()
    any.push(parseConjunction(reader, vocabulary, depth))
  }
  return any.length === 1 ? any[0]! : [{ any }]
}

function parseConjunction<E extends string>(
  reader: TokenReader,
  vocabulary: Vocabulary<E>,
  depth: number,
): Conjunction<E> {
  const all = [...parseGroup(reader, vocabulary, depth)]
  while (isKeyword(reader.peek(), 'AND')) {
    reader.next()
    all.push(...parseGroup(reader, vocabulary, depth))
  }
  return all
}

function parseGroup<E extends string>(reader: TokenReader, vocabulary: Vocabulary<E>, depth: number): Conjunction<E> {
  const open = reader.peek()
  if (open.value !== '(' || open.kind !== 'punctuation') return [parseComparison(reader, vocabulary)]
  if (depth === maxDepth) throw reader.error(`More than ${maxDepth} parentheses stand in each other`, open)
  reader.next()
  const inner = parseAlternatives(reader, vocabulary, depth + 1)
  const close = reader.next()
  if (close.value === ')' && close.kind === 'punctuation') return inner
  throw reader.error(`Invalid clause(s) in filter string: expected AND, OR or ), found ${close.source}`, close)
}

/** Reads `[prefix.]key`. */
export function parseIdentifier<E extends string>(reader: TokenReader, vocabulary: Vocabulary<E>): Identifier<E> {
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
  const written = token.value.slice(dot + 1)
  const key = /(^|\.)$/.test(written) ? `${written}${quotedKey(reader, token)}` : written
  return { entity, key: entity === 'attribute' ? properName(key, vocabulary) : key, start }
}

function quotedKey(reader: TokenReader, prefix: Token): string {
  const token = reader.peek()
  const adjacent = token.start === prefix.start + prefix.source.length
  if (adjacent && (token.kind === 'name' || token.kind === 'text')) return reader.next().value
  throw reader.error(`Invalid clause(s) in filter string: expected a key after ${prefix.source}`, token)
}

function properName(name: string, { synonyms }: Pick<Vocabulary, 'synonyms'>): string {
  return (Object.hasOwn(synonyms, name) ? synonyms[name] : undefined) ?? name
}

function parseComparison<E extends string>(reader: TokenReader, vocabulary: Vocabulary<E>): Condition<E> {
  const identifier = parseIdentifier(reader, vocabulary)
  const kind = valueKind(reader, identifier, vocabulary)
  const { entity, key } = identifier
  return { entity, key, test: parseTest(reader, identifier, kind, vocabulary) }
}

function valueKind<E extends string>(
  reader: TokenReader,
  { entity, key, start }: Identifier<E>,
  vocabulary: Vocabulary<E>,
): ValueKind {
  if (entity === 'attribute') {
    const kind = Object.hasOwn(vocabulary.attributes, key) ? vocabulary.attributes[key] : undefined
    if (kind !== undefined) return kind
    const known = Object.keys(vocabulary.attributes).join(', ')
    throw reader.error(`Invalid attribute key '${key}' specified. Valid keys are ${known}`, { start })
  }
  const keys = vocabulary.keys?.[entity]
  if (keys !== undefined && !keys.pattern.test(key)) {
    throw reader.error(`Invalid ${entity} key '${key}' specified. Valid keys are ${keys.known}`, { start })
  }
  if (vocabulary.mixed?.includes(entity) === true) return 'mixed'
  return entity === 'metric' ? 'number' : 'text'
}
