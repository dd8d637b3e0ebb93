/** Columns under construction: each reads its fields of a batch of rows from the bytes into one typed array. */

import { type Column, type ColumnType, lateStringColumn, missingBoolean, type StringColumn } from '../column.ts'
import { parseDatetime } from '../parse-datetime.ts'
import { ByteDictionary } from './byte-dictionary.ts'
import { Growable } from './growable.ts'
import { KeptTexts, mayKeepTexts } from './kept-texts.ts'
import { parseDecimal, parseInteger } from './parse-number.ts'
import { readField, type Reading } from './reading.ts'
import { type RowBatch, valuesPlace } from './tokenizer.ts'

/** A column that grows batch by batch. */
export interface ColumnBuilder {
  /** How it reads the fields that are written as usual. */
  readonly reading: Reading
  /** Reads field number `field` of every row. Returns the first row (from 0) that does not fit, or -1. */
  append(batch: RowBatch, field: number): number
  /** The column; the builder is of no use afterwards. */
  finish(): Column
}

/** A builder for values of `type`, with room for `capacity` rows before it has to move. */
export function columnBuilder(type: ColumnType, capacity: number): ColumnBuilder {
  if (type === 'string') return new StringBuilder(capacity)
  if (type === 'boolean') return new BooleanBuilder(capacity)
  if (type === 'datetime') return new DatetimeBuilder(capacity)
  return new NumberBuilder(type, capacity)
}

/** Numbers. Of the type `number` it finds out whether they are whole; `finish` then tells. */
export class NumberBuilder implements ColumnBuilder {
  readonly #type: 'double' | 'long' | 'number'
  readonly #values: Growable<Float64Array<ArrayBuffer>>
  #whole: boolean
  /** Whether a whole number was too large for a long. It is a double if others have decimals, and else a name. */
  #sawHuge = false

  constructor(type: 'double' | 'long' | 'number', capacity: number, leadingMissing = 0) {
    this.#type = type
    this.#whole = type !== 'double'
    this.#values = doubles(capacity, leadingMissing)
  }

  append(batch: RowBatch, field: number): number {
    const values = doublesOf(batch, field)
    const parse: ParseField = (bytes, start, end) => this.#parse(bytes, start, end)
    const misfit = readFields(batch, field, values, { reading: () => this.reading, parse, misfit: NaN })
    if (misfit < 0) this.#values.add(values)
    return misfit
  }

  finish(): Column {
    const type = this.#type === 'number' ? (this.#whole ? 'long' : 'double') : this.#type
    return { type, values: this.#values.filled }
  }

  get reading(): Reading {
    return this.#whole ? 'whole' : 'decimal'
  }

  /** Whether the numbers are whole and some too large for a long, so that only text keeps them. */
  get needsText(): boolean {
    return this.#whole && this.#sawHuge
  }

  #parse(bytes: Buffer, start: number, end: number): number {
    if (!this.#whole) return parseDecimal(bytes, start, end)
    const whole = parseInteger(bytes, start, end)
    if (!Number.isNaN(whole) || this.#type === 'long') return whole
    const value = parseDecimal(bytes, start, end)
    if (Number.isNaN(value)) return NaN
    if (isWholeText(bytes, start, end)) this.#sawHuge = true
    else this.#whole = false
    return value
  }
}

/** Dates and times. */
export class DatetimeBuilder implements ColumnBuilder {
  readonly reading = 'datetime'
  readonly #values: Growable<Float64Array<ArrayBuffer>>

  constructor(capacity: number, leadingMissing = 0) {
    this.#values = doubles(capacity, leadingMissing)
  }

  append(batch: RowBatch, field: number): number {
    const values = doublesOf(batch, field)
    const misfit = readFields(batch, field, values, { reading: () => this.reading, parse: parseDatetime, misfit: NaN })
    if (misfit < 0) this.#values.add(values)
    return misfit
  }

  finish(): Column {
    return { type: 'datetime', values: this.#values.filled }
  }
}

/** `true` and `false`, also with a capital or all in capitals. */
export class BooleanBuilder implements ColumnBuilder {
  readonly reading = 'boolean'
  readonly #values: Growable<Uint8Array<ArrayBuffer>>

  constructor(capacity: number, leadingMissing = 0) {
    const values = new Uint8Array(Math.max(capacity, leadingMissing)).fill(missingBoolean, 0, leadingMissing)
    this.#values = new Growable(values, leadingMissing)
  }

  append(batch: RowBatch, field: number): number {
    const values = batch.kernel.octets(valuesPlace(batch, field), batch.rowCount)
    const reader: FieldReader = { reading: () => this.reading, parse: parseBoolean, misfit: missingBoolean }
    const misfit = readFields(batch, field, values, reader)
    if (misfit < 0) this.#values.add(values)
    return misfit
  }

  finish(): Column {
    return { type: 'boolean', values: this.#values.filled }
  }
}

/** With so many different texts it is clear whether most of them are. */
const manyTexts = 1 << 14

/**
 * Text, to the letter: what stands in quotes is never missing, and spaces are kept. When most texts of a column turn out
 * to be different, the numbering of those to come waits until somebody asks for them: often nobody does, and it costs
 * more than all other reading.
 */
export class StringBuilder implements ColumnBuilder {
  readonly #capacity: number
  readonly #codes: Growable<Int32Array<ArrayBuffer>>
  #dictionary: ByteDictionary | undefined
  #kept: KeptTexts | undefined

  constructor(capacity: number, leadingMissing = 0) {
    this.#capacity = capacity
    const codes = new Int32Array(Math.max(capacity, leadingMissing)).fill(-1, 0, leadingMissing)
    this.#codes = new Growable(codes, leadingMissing)
  }

  get reading(): Reading {
    return this.#kept === undefined ? 'text' : 'none'
  }

  append(batch: RowBatch, field: number): number {
    const { kernel } = batch
    if (!mayKeepTexts(kernel)) this.#number()
    if (this.#kept !== undefined) {
      this.#kept.add(batch, field)
      return -1
    }
    const dictionary = (this.#dictionary ??= new ByteDictionary(kernel, this.#capacity))
    this.#codes.add(dictionary.addAll(batch, field))
    const areDifferent = dictionary.size >= manyTexts && 2 * dictionary.size > this.#codes.filled.length
    if (areDifferent && mayKeepTexts(kernel)) this.#kept = new KeptTexts(kernel)
    return -1
  }

  finish(): Column {
    const kept = this.#kept
    if (kept === undefined || !mayKeepTexts(kept.kernel)) return this.#numbered()
    return lateStringColumn(this.#codes.filled.length + kept.rowCount, () => this.#numbered())
  }

  #numbered(): StringColumn {
    this.#number()
    const categories = this.#dictionary?.finish() ?? ((): readonly string[] => [])
    return {
      type: 'string',
      codes: this.#codes.filled,
      get categories() {
        return categories()
      },
    }
  }

  #number(): void {
    this.#kept?.number(this.#dictionary!, this.#codes)
    this.#kept = undefined
  }
}

function doubles(capacity: number, leadingMissing: number): Growable<Float64Array<ArrayBuffer>> {
  const values = new Float64Array(Math.max(capacity, leadingMissing)).fill(NaN, 0, leadingMissing)
  return new Growable(values, leadingMissing)
}

function doublesOf(batch: RowBatch, field: number): Float64Array {
  return batch.kernel.doubles(valuesPlace(batch, field), batch.rowCount)
}

type ParseField = (bytes: Buffer, start: number, end: number) => number

/** How the fields of a column become values. */
interface FieldReader {
  /** How fields that are written as usual are read; what `parse` finds may change it. */
  readonly reading: () => Reading
  /** Reads one field written in any way, without spaces around it; returns `misfit` for what does not fit. */
  readonly parse: ParseField
  readonly misfit: number
}

/** Puts a value for each row into `values`, at their place. Returns the first row that does not fit, or -1. */
function readFields(
  batch: RowBatch,
  field: number,
  values: Float64Array | Uint8Array,
  { reading, parse, misfit }: FieldReader,
): number {
  const { kernel, fieldCount, rowCount } = batch
  if (batch.isReadAhead?.(field, reading()) === true) return -1
  const { bytes, bounds } = kernel
  kernel.loops.values.value = valuesPlace(batch, field)
  const read = (row: number): number => readField(kernel, reading(), field, row, rowCount)
  for (let row = read(0); row < rowCount; row = read(row + 1)) {
    const at = 2 * (row * fieldCount + field)
    const [start, end] = trim(bytes, bounds[at]!, bounds[at + 1]!)
    const value = parse(bytes, start, end)
    if (Object.is(value, misfit)) return row
    values[row] = value
  }
  return -1
}

/** Whether the field at `start` stands in quotes, which lie outside its bounds. */
export function isQuoted(bytes: Buffer, start: number): boolean {
  return start > 0 && bytes[start - 1] === 0x22
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
