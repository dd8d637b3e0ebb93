/** Columns under construction: each reads its fields of a batch of rows from the bytes into one typed array. */

import { type Column, type ColumnType, missingBoolean } from '../column.ts'
import { parseDatetime } from '../parse-datetime.ts'
import { ByteDictionary } from './byte-dictionary.ts'
import { withRoom } from './growable.ts'
import { type MissingTokens } from './missing-tokens.ts'
import { parseDecimal, parseInteger } from './parse-number.ts'
import { type RowBatch } from './tokenizer.ts'

/** A column that grows batch by batch. */
export interface ColumnBuilder {
  /** Reads field number `field` of every row. Returns the first row (from 0) that does not fit, or -1. */
  append(batch: RowBatch, field: number): number
  /** The column; the builder is of no use afterwards. */
  finish(): Column
}

/** A builder for values of `type`, with room for `capacity` rows before it has to move. */
export function columnBuilder(type: ColumnType, missing: MissingTokens, capacity: number): ColumnBuilder {
  if (type === 'string') return new StringBuilder(missing, capacity)
  if (type === 'boolean') return new BooleanBuilder(missing, capacity)
  if (type === 'datetime') return new DatetimeBuilder(missing, capacity)
  return new NumberBuilder(type, missing, capacity)
}

/** Numbers. Of the type `number` it finds out whether they are whole; `finish` then tells. */
export class NumberBuilder implements ColumnBuilder {
  readonly #missing: MissingTokens
  readonly #type: 'double' | 'long' | 'number'
  #values: Float64Array<ArrayBuffer>
  #length: number
  #whole: boolean
  /** Whether a whole number was too large for a long. It is a double if others have decimals, and else a name. */
  #sawHuge = false

  constructor(type: 'double' | 'long' | 'number', missing: MissingTokens, capacity: number, leadingMissing = 0) {
    this.#missing = missing
    this.#type = type
    this.#whole = type !== 'double'
    this.#values = new Float64Array(Math.max(capacity, leadingMissing)).fill(NaN, 0, leadingMissing)
    this.#length = leadingMissing
  }

  append({ bytes, bounds, fieldCount, rowCount }: RowBatch, field: number): number {
    this.#values = withRoom(this.#values, this.#length, rowCount)
    const values = this.#values
    let length = this.#length
    for (let row = 0, at = 2 * field; row < rowCount; row++, at += 2 * fieldCount) {
      const start = bounds[at]!
      const end = bounds[at + 1]!
      let value = this.#whole ? parseInteger(bytes, start, end) : parseDecimal(bytes, start, end)
      if (Number.isNaN(value) && start < end) {
        value = this.#parseOther(bytes, start, end)
        if (Number.isNaN(value) && !isBlank(this.#missing, bytes, start, end)) return row
      }
      values[length++] = value
    }
    this.#length = length
    return -1
  }

  finish(): Column {
    const type = this.#type === 'number' ? (this.#whole ? 'long' : 'double') : this.#type
    return { type, values: this.#values.subarray(0, this.#length) }
  }

  /** Whether the numbers are whole and some too large for a long, so that only text keeps them. */
  get needsText(): boolean {
    return this.#whole && this.#sawHuge
  }

  /** Numbers with spaces around them, and the first with decimals among whole ones. */
  #parseOther(bytes: Buffer, start: number, end: number): number {
    const [from, until] = trim(bytes, start, end)
    if (!this.#whole) return parseDecimal(bytes, from, until)
    const whole = parseInteger(bytes, from, until)
    if (!Number.isNaN(whole) || this.#type === 'long') return whole
    const value = parseDecimal(bytes, from, until)
    if (Number.isNaN(value)) return NaN
    if (isWholeText(bytes, from, until)) this.#sawHuge = true
    else this.#whole = false
    return value
  }
}

/** Dates and times. */
export class DatetimeBuilder implements ColumnBuilder {
  readonly #missing: MissingTokens
  #values: Float64Array<ArrayBuffer>
  #length: number

  constructor(missing: MissingTokens, capacity: number, leadingMissing = 0) {
    this.#missing = missing
    this.#values = new Float64Array(Math.max(capacity, leadingMissing)).fill(NaN, 0, leadingMissing)
    this.#length = leadingMissing
  }

  append({ bytes, bounds, fieldCount, rowCount }: RowBatch, field: number): number {
    this.#values = withRoom(this.#values, this.#length, rowCount)
    const values = this.#values
    let length = this.#length
    for (let row = 0, at = 2 * field; row < rowCount; row++, at += 2 * fieldCount) {
      const start = bounds[at]!
      const end = bounds[at + 1]!
      let value = parseDatetime(bytes, start, end)
      if (Number.isNaN(value) && start < end) {
        value = parseDatetime(bytes, ...trim(bytes, start, end))
        if (Number.isNaN(value) && !isBlank(this.#missing, bytes, start, end)) return row
      }
      values[length++] = value
    }
    this.#length = length
    return -1
  }

  finish(): Column {
    return { type: 'datetime', values: this.#values.subarray(0, this.#length) }
  }
}

/** `true` and `false`, also with a capital or all in capitals. */
export class BooleanBuilder implements ColumnBuilder {
  readonly #missing: MissingTokens
  #values: Uint8Array<ArrayBuffer>
  #length: number

  constructor(missing: MissingTokens, capacity: number, leadingMissing = 0) {
    this.#missing = missing
    this.#values = new Uint8Array(Math.max(capacity, leadingMissing)).fill(missingBoolean, 0, leadingMissing)
    this.#length = leadingMissing
  }

  append({ bytes, bounds, fieldCount, rowCount }: RowBatch, field: number): number {
    this.#values = withRoom(this.#values, this.#length, rowCount)
    const values = this.#values
    let length = this.#length
    for (let row = 0, at = 2 * field; row < rowCount; row++, at += 2 * fieldCount) {
      const start = bounds[at]!
      const end = bounds[at + 1]!
      let value = parseBoolean(bytes, start, end)
      if (value === missingBoolean && start < end) {
        value = parseBoolean(bytes, ...trim(bytes, start, end))
        if (value === missingBoolean && !isBlank(this.#missing, bytes, start, end)) return row
      }
      values[length++] = value
    }
    this.#length = length
    return -1
  }

  finish(): Column {
    return { type: 'boolean', values: this.#values.subarray(0, this.#length) }
  }
}

/** Text, to the letter: what stands in quotes is never missing, and spaces are kept. */
export class StringBuilder implements ColumnBuilder {
  readonly #missing: MissingTokens
  readonly #dictionary: ByteDictionary
  #codes: Int32Array<ArrayBuffer>
  #length: number

  constructor(missing: MissingTokens, capacity: number, leadingMissing = 0) {
    this.#missing = missing
    this.#dictionary = new ByteDictionary(capacity)
    this.#codes = new Int32Array(Math.max(capacity, leadingMissing)).fill(-1, 0, leadingMissing)
    this.#length = leadingMissing
  }

  append({ bytes, bounds, fieldCount, rowCount }: RowBatch, field: number): number {
    this.#codes = withRoom(this.#codes, this.#length, rowCount)
    const codes = this.#codes.subarray(this.#length, this.#length + rowCount)
    for (let row = 0, at = 2 * field; row < rowCount; row++, at += 2 * fieldCount) {
      const start = bounds[at]!
      codes[row] = this.#missing.has(bytes, start, bounds[at + 1]!) && !isQuoted(bytes, start) ? -1 : 0
    }
    this.#dictionary.addAll(bytes, bounds, 2 * field, 2 * fieldCount, codes)
    this.#length += rowCount
    return -1
  }

  finish(): Column {
    const categories = this.#dictionary.finish()
    return {
      type: 'string',
      codes: this.#codes.subarray(0, this.#length),
      get categories() {
        return categories()
      },
    }
  }
}

/** Whether the field at `start` stands in quotes, which lie outside its bounds. */
export function isQuoted(bytes: Buffer, start: number): boolean {
  return start > 0 && bytes[start - 1] === 0x22
}

/** Whether a field says nothing but "missing", be it in quotes or with spaces around it. */
export function isBlank(missing: MissingTokens, bytes: Buffer, start: number, end: number): boolean {
  return missing.has(bytes, ...trim(bytes, start, end))
}

/** The bounds without spaces and tabs at either end. */
export function trim(bytes: Buffer, start: number, end: number): [from: number, until: number] {
  let from = start
  let until = end
  while (from < until && isSpace(bytes[from])) from++
  while (from < until && isSpace(bytes[until - 1])) until--
  return [from, until]
}

/** 1 for true, 0 for false, 255 for neither. */
export function parseBoolean(bytes: Buffer, start: number, end: number): number {
  if (spells(bytes, start, end, 'true', 'TRUE')) return 1
  return spells(bytes, start, end, 'false', 'FALSE') ? 0 : missingBoolean
}

/** Whether the bytes are the word in lower case, in upper case, or with a capital. */
function spells(bytes: Buffer, start: number, end: number, lower: string, upper: string): boolean {
  if (end - start !== lower.length) return false
  const capital = bytes[start] === upper.charCodeAt(0)
  if (!capital && bytes[start] !== lower.charCodeAt(0)) return false
  const rest = capital && bytes[start + 1] === upper.charCodeAt(1) ? upper : lower
  for (let i = 1; i < rest.length; i++) if (bytes[start + i] !== rest.charCodeAt(i)) return false
  return true
}

function isWholeText(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    const isSign = i === start && (byte === 0x2b || byte === 0x2d)
    if (!isSign && (byte < 0x30 || byte > 0x39)) return false
  }
  return true
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}
