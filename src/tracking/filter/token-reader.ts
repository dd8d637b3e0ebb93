/** Reading tokens one after the other. */
import { type Token, errorAt, tokenize } from './tokens.ts'

export interface TokenReader {
  readonly peek: () => Token
  readonly next: () => Token
  readonly error: (message: string, at: { readonly start: number }) => Error
}

export function tokenReader(text: string): TokenReader {
  const tokens = tokenize(text)
  let position = 0
  const peek = (): Token => tokens[Math.min(position, tokens.length - 1)]!
  return {
    peek,
    next: () => {
      const token = peek()
      position++
      return token
    },
    error: (message, at) => errorAt(message, text, at.start),
  }
}

/** Whether a token is one of the keywords, in any case. */
export function isKeyword(token: Token, ...keywords: readonly string[]): boolean {
  return token.kind === 'word' && keywords.includes(token.value.toUpperCase())
}
