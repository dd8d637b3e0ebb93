/** A column whose type nobody gave: the first value decides, and what does not fit it makes the column text. */

import { type Column, missingBoolean } from '../column.ts'
import { parseDatetime } from '../parse-datetime.ts'
import {
  BooleanBuilder,
  type ColumnBuilder,
  DatetimeBuilder,
  isQuoted,
  NumberBuilder,
  parseBoolean,
  StringBuilder,
  trim,
} from './column-builder.ts'
import { parseDecimal } from './parse-number.ts'
import type { Reading } from './reading.ts'
import type { RowBatch } from './tokenizer.ts'

/** Finds the type of a column as it goes. */
export class InferringBuilder {
  readonly #capacity: number
  #builder: ColumnBuilder | undefined
  #leadingMissing = 0
  #needsText = false
  /** Whether a value was taken as missing that would be text in a column of text, such as "NA" in quotes. */
  #sawBlankText = false

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get reading(): Reading {
    return this.#builder?.reading ?? 'none'
  }

  /** Reads field number `field` of every row of the batch. */
  append(batch: RowBatch, field: number): void {
    if (this.#needsText) return
    this.#builder ??= this.#choose(batch, field)
    if (this.#builder === undefined) this.#leadingMissing += batch.rowCount
    else if (this.#builder.append(batch, field) >= 0) this.#giveUp()
  }

  /** The column, or undefined when only text holds it all and the text is gone: then read the column as strings. */
  finish(): Column | undefined {
    const builder = this.#builder
    if (this.#needsText || (builder instanceof NumberBuilder && builder.needsText)) return undefined
    return builder?.finish() ?? { type: 'double', values: new Float64Array(this.#leadingMissing).fill(NaN) }
  }

  #giveUp(): void {
    this.#needsText = true
    this.#builder = undefined
  }

  #choose({ kernel, fieldCount, rowCount }: RowBatch, field: number): ColumnBuilder | undefined {
    const { bytes, bounds } = kernel
    for (let row = 0, at = 2 * field; row < rowCount; row++, at += 2 * fieldCount) {
      const start = bounds[at]!
      const end = bounds[at + 1]!
      const [from, until] = trim(bytes, start, end)
      if (!kernel.isMissing(from, until)) return this.#builderFor(bytes, from, until)
      if (!kernel.isMissing(start, end) || isQuoted(bytes, start)) this.#sawBlankText = true
    }
    return undefined
  }

  #builderFor(bytes: Buffer, from: number, until: number): ColumnBuilder | undefined {
    const capacity = this.#capacity
    const leading = this.#leadingMissing
    if (!Number.isNaN(parseDecimal(bytes, from, until))) {
      return new NumberBuilder('number', capacity, leading)
    }
    if (parseBoolean(bytes, from, until) !== missingBoolean) return new BooleanBuilder(capacity, leading)
    if (!Number.isNaN(parseDatetime(bytes, from, until))) return new DatetimeBuilder(capacity, leading)
    if (this.#sawBlankText && leading > 0) this.#giveUp()
    return this.#needsText ? undefined : new StringBuilder(capacity, leading)
  }
}
