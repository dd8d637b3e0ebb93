/** The texts that stand for a missing value. */

/** What is read as missing unless the `missing` option says otherwise. The empty field always is. */
export const defaultMissing: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '<NA>', '#N/A']

/** Tells whether bytes are one of a few short texts, rejecting nearly everything by length and first byte. */
export class MissingTokens {
  readonly #tokens: readonly Buffer[]
  readonly #longest: number
  readonly #firstBytes = new Uint8Array(256)

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens.filter((token) => token !== '').map((token) => Buffer.from(token))
    this.#longest = Math.max(0, ...this.#tokens.map((token) => token.length))
    for (const token of this.#tokens) this.#firstBytes[token[0]!] = 1
  }

  /** Whether bytes [start, end) are empty or one of the tokens. */
  has(bytes: Buffer, start: number, end: number): boolean {
    if (start === end) return true
    if (end - start > this.#longest || this.#firstBytes[bytes[start]!] === 0) return false
    return this.#tokens.some((token) => token.length === end - start && startsWith(bytes, start, token))
  }
}

function startsWith(bytes: Buffer, start: number, token: Buffer): boolean {
  for (let i = 0; i < token.length; i++) if (bytes[start + i] !== token[i]) return false
  return true
}
