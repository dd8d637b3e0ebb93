/**
 * Finding rows and fields in bytes (RFC 4180) without making a string of any of them: a field is a pair of offsets,
 * and the columns read numbers, dates and categories straight from the bytes.
 */

const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Complete rows in a stretch of bytes: field f of row r is bytes [bounds[i], bounds[i + 1]), i = 2 (r fieldCount + f). */
export interface RowBatch {
  readonly bytes: Buffer
  readonly bounds: Int32Array
  readonly fieldCount: number
  readonly rowCount: number
}

/** Why the row after the batch is no row; `field` counts from 0. */
export type RowProblem =
  | { readonly kind: 'ragged'; readonly found: number; readonly atEnd: boolean }
  | { readonly kind: 'unterminated quote' | 'text after quote'; readonly field: number }

/** The rows of a stretch of bytes, how many bytes they took, and what is wrong with the row after them, if anything. */
export interface Tokens {
  readonly batch: RowBatch
  readonly consumed: number
  readonly problem: RowProblem | undefined
}

/** Splits bytes into rows of `fieldCount` fields. It reuses its memory, so a batch lasts until the next call. */
export class Tokenizer {
  readonly #fieldCount: number
  readonly #delimiter: number
  readonly #highestStop: number
  readonly #stops = new Uint8Array(256)
  readonly #escaped: number[] = []
  #bounds = new Int32Array(1 << 14)
  #problem: RowProblem | undefined

  constructor(delimiter: number, fieldCount: number) {
    this.#delimiter = delimiter
    this.#fieldCount = fieldCount
    this.#highestStop = Math.max(delimiter, carriageReturn)
    for (const byte of [delimiter, lineFeed, carriageReturn]) this.#stops[byte] = 1
  }

  /**
   * The complete rows in bytes [0, length); blank lines are passed over. The byte at `length` must exist: it is
   * overwritten, and so are quoted fields that hold quotes.
   *
   * @param last whether the file ends here, so that a row may end without a line break
   */
  split(bytes: Buffer, length: number, last: boolean): Tokens {
    // The scanning loops need no test for the end of the bytes: they stop at this line break.
    bytes[length] = lineFeed
    this.#escaped.length = 0
    this.#problem = undefined
    let rowCount = 0
    let consumed = 0
    while (consumed < length) {
      const first = bytes[consumed]
      if (first === lineFeed || first === carriageReturn) {
        consumed++
        continue
      }
      const escapes = this.#escaped.length
      const end = this.#scanRow(bytes, consumed, length, last, rowCount)
      if (end < 0) {
        this.#escaped.length = escapes
        break
      }
      consumed = end
      rowCount++
    }
    for (const bound of this.#escaped) this.#unescape(bytes, bound)
    const batch = { bytes, bounds: this.#bounds, fieldCount: this.#fieldCount, rowCount }
    return { batch, consumed, problem: this.#problem }
  }

  /** Where the row after the one at `start` begins, or -1 when this one is not complete or not right. */
  #scanRow(bytes: Buffer, start: number, length: number, last: boolean, row: number): number {
    const stops = this.#stops
    const fieldCount = this.#fieldCount
    let bound = 2 * row * fieldCount
    if (bound + 2 * fieldCount > this.#bounds.length) this.#growBounds()
    const bounds = this.#bounds
    let position = start
    for (let field = 1; ; field++) {
      let from = position
      if (bytes[position] === quote) {
        from++
        position = this.#closingQuote(bytes, from, length, bound)
        if (position >= length) return last ? this.#stop({ kind: 'unterminated quote', field: field - 1 }) : -1
        if (field <= fieldCount) {
          bounds[bound++] = from
          bounds[bound++] = position
        }
        position++
        if (stops[bytes[position]!] === 0) return this.#stop({ kind: 'text after quote', field: field - 1 })
      } else {
        position = this.#fieldEnd(bytes, position)
        if (field <= fieldCount) {
          bounds[bound++] = from
          bounds[bound++] = position
        }
      }
      if (bytes[position] === this.#delimiter) position++
      else if (position >= length && !last) return -1
      else if (field === fieldCount) return position + 1
      else return this.#stop({ kind: 'ragged', found: field, atEnd: position >= length })
    }
  }

  #fieldEnd(bytes: Buffer, start: number): number {
    const delimiter = this.#delimiter
    const highest = this.#highestStop
    let position = start
    for (;;) {
      const byte = bytes[position]!
      // Letters and digits come after the comma and after line breaks: mostly one comparison is enough.
      if (byte <= highest && (byte === delimiter || byte === lineFeed || byte === carriageReturn)) return position
      position++
    }
  }

  /** The position of the quote that ends the field which starts at `position`, or `length`. */
  #closingQuote(bytes: Buffer, position: number, length: number, bound: number): number {
    let doubled = false
    while (position < length) {
      if (bytes[position] !== quote) position++
      else if (bytes[position + 1] === quote && position + 1 < length) {
        doubled = true
        position += 2
      } else break
    }
    if (doubled) this.#escaped.push(bound)
    return position
  }

  #stop(problem: RowProblem): -1 {
    this.#problem = problem
    return -1
  }

  #unescape(bytes: Buffer, bound: number): void {
    const end = this.#bounds[bound + 1]!
    let target = this.#bounds[bound]!
    for (let source = target; source < end; source++) {
      bytes[target++] = bytes[source]!
      if (bytes[source] === quote) source++
    }
    this.#bounds[bound + 1] = target
  }

  #growBounds(): void {
    const bounds = new Int32Array(Math.max(this.#bounds.length * 2, 4 * this.#fieldCount))
    bounds.set(this.#bounds)
    this.#bounds = bounds
  }
}
