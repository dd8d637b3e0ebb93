/** Splits filter and order texts into tokens that know where they stand. */
import { invalidParameter } from '../validation.ts'

export interface Token {
  /** A word is an unquoted name, keyword or number; `name` is one in backticks, `text` one in ' or ". */
  readonly kind: 'word' | 'name' | 'text' | 'operator' | 'punctuation' | 'end'
  /** Without its quotes. */
  readonly value: string
  /** As it was written. */
  readonly source: string
  /** Where it begins, from 0. */
  readonly start: number
}

const pattern =
  /(?<word>[^\s=!<>(),;'"`]+)|`(?<name>[^`]*)`|'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<operator>[<>!]=|[=<>])|(?<punctuation>[(),;])/y

/** The tokens of `text`, the last of kind `end`. @throws INVALID_PARAMETER_VALUE at a quote that is never closed */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let start = skipSpace(text, 0)
  while (start < text.length) {
    pattern.lastIndex = start
    const match = pattern.exec(text)
    if (match === null) throw unreadable(text, start)
    tokens.push(toToken(match, start))
    start = skipSpace(text, start + match[0].length)
  }
  return [...tokens, { kind: 'end', value: '', source: 'the end', start: text.length }]
}

/** `message`, then the place in the text it is about, counted from 1, as readers count. */
export function errorAt(message: string, text: string, start: number): Error {
  return invalidParameter(`${message} (at character ${start + 1} of: ${text})`)
}

function toToken(match: RegExpExecArray, start: number): Token {
  const { word, name, single, double, operator, punctuation } = match.groups ?? {}
  const source = match[0]
  if (word !== undefined) return { kind: 'word', value: word, source, start }
  if (name !== undefined) return { kind: 'name', value: name, source, start }
  if (operator !== undefined) return { kind: 'operator', value: operator, source, start }
  if (punctuation !== undefined) return { kind: 'punctuation', value: punctuation, source, start }
  return { kind: 'text', value: single ?? double ?? '', source, start }
}

function skipSpace(text: string, start: number): number {
  const rest = text.slice(start)
  return start + rest.length - rest.trimStart().length
}

function unreadable(text: string, start: number): Error {
  const character = text[start] ?? ''
  const reason = /['"`]/.test(character) ? `the quote ${character} is not closed` : `unexpected '${character}'`
  return errorAt(`Invalid clause(s) in filter string: ${reason}`, text, start)
}
