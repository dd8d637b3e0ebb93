/** Targets of a classifier: labels to class numbers and back. */
import { z } from 'zod'
import { DataError, MillraceError, parseWith } from '../core/index.ts'
import { type Column, columnFrom, type ColumnType, Table } from '../data/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import { sortTexts } from './batch.ts'

/** Labels: a string, long or boolean column of a table, or plain texts; null is missing. */
export type LabelSource = Column | readonly (string | null)[]

/** The types that labels may have. */
export type LabelType = 'string' | 'long' | 'boolean'

/** What `FittedLabels.toJSON` gives. */
export interface LabelsJson {
  readonly type: LabelType
  readonly classes: readonly string[]
}

/** The classes of a target, numbered from 0. */
export class FittedLabels {
  /** What the labels were when fitted. As classes they are text: `'2'`, `'true'`. */
  readonly type: LabelType
  /** Texts in order of their code points, longs ascending, false before true. A class's number is its position. */
  readonly classes: readonly string[]
  readonly #numbers: ReadonlyMap<string, bigint>

  constructor({ type, classes }: LabelsJson) {
    this.type = type
    this.classes = classes
    this.#numbers = new Map(classes.map((label, i) => [label, BigInt(i)]))
  }

  /**
   * The class number of each label, [n] int64; labels are compared as text, so that 2 and '2' are the same.
   *
   * @throws DataError naming the row (from 1) of the first label that is missing or none of the classes
   */
  encode(labels: LabelSource): BigInt64Array {
    return BigInt64Array.from(labelTexts(labels), (label, i) => {
      const number = this.#numbers.get(label)
      if (number !== undefined) return number
      throw new DataError({ row: i + 1 }, `The label ${quote(label)} is none of the classes: ${shown(this.classes)}.`)
    })
  }

  /** The labels of class numbers, as text. @throws MillraceError INVALID_ARGUMENT for a number that no class has */
  decode(numbers: ArrayLike<number | bigint>): string[] {
    return Array.from(numbers, (number) => {
      const label = this.classes[Number(number)]
      if (label !== undefined) return label
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `decode: there is no class ${number}; the ${this.classes.length} classes are numbered from 0.`,
      )
    })
  }

  /**
   * Writes decoding into the graph: `numbers`, int64 of any shape, become strings of that shape, whose name is returned.
   * A number that no class has becomes ''.
   */
  lowerDecode(graph: OnnxGraph, numbers: string): string {
    const attributes = {
      keys_int64s: { ints: [...this.classes.keys()] },
      values_strings: { strings: this.classes },
      default_string: { string: '' },
    }
    return graph.node('LabelEncoder', [numbers], attributes, { domain: 'ai.onnx.ml' })
  }

  /** What was fitted, for `labelsFromJSON`. */
  toJSON(): LabelsJson {
    return { type: this.type, classes: this.classes }
  }
}

/**
 * The distinct labels of the training rows as classes; a single class is allowed.
 *
 * @throws DataError naming the row of a missing label; MillraceError INVALID_DATA when there are no rows or the labels
 *   are no classes (double, datetime)
 */
export function fitLabels(labels: LabelSource): FittedLabels {
  const type = isColumn(labels) ? labelType(labels.type) : 'string'
  const distinct = new Set(labelTexts(labels))
  if (distinct.size === 0) throw new MillraceError('INVALID_DATA', 'fitLabels: there are no rows to fit on.')
  const classes = type === 'long' ? [...distinct].sort((a, b) => Number(a) - Number(b)) : sortTexts(distinct)
  return new FittedLabels({ type, classes })
}

const labelsJson: z.ZodType<LabelsJson> = z.strictObject({
  type: z.enum(['string', 'long', 'boolean']),
  classes: z
    .array(z.string())
    .min(1)
    .refine((classes) => new Set(classes).size === classes.length, 'lists a class twice'),
})

/** The fitted labels that `toJSON` described. @throws MillraceError INVALID_CONFIG naming what does not fit */
export function labelsFromJSON(value: unknown): FittedLabels {
  return new FittedLabels(parseWith(labelsJson, value, 'The fitted labels'))
}

function isColumn(labels: LabelSource): labels is Column {
  return !Array.isArray(labels)
}

function labelType(type: ColumnType): LabelType {
  if (type === 'string' || type === 'long' || type === 'boolean') return type
  throw new MillraceError(
    'INVALID_DATA',
    `Labels are of the type ${type}, expected string, long or boolean. ` +
      'Read the column as one of these; for a number to predict, use regression.',
  )
}

function labelTexts(labels: LabelSource): string[] {
  const column = isColumn(labels) ? labels : columnFrom('string', labels)
  labelType(column.type)
  return Table.fromColumns({ label: column })
    .strings('label')
    .map((label, i) => {
      if (label === null) {
        throw new DataError({ row: i + 1 }, 'The label is missing. Label the row, or leave it out.')
      }
      if (!label.includes('\0')) return label.toWellFormed()
      throw new DataError({ row: i + 1 }, 'The label has a NUL character. Remove it.')
    })
}

function shown(classes: readonly string[]): string {
  const some = classes.slice(0, 10).map(quote).join(', ')
  return classes.length > 10 ? `${some} and ${classes.length - 10} more` : some
}

function quote(label: string): string {
  return JSON.stringify(label)
}
