/** Production rows as every backend keeps them: the model's inputs, what it answered, and when. */
import { randomUUID } from 'node:crypto'
import { MillraceError } from '../core/index.ts'
import { type Column, columnFrom, type ColumnType, Table } from '../data/index.ts'
import { type Answer, answerColumns, type LoadOptions } from './backend.ts'

/**
 * `input` with the columns `prediction`, `confidence`, `target` (missing), `date` and `uuid` after its own.
 *
 * @throws MillraceError INVALID_ARGUMENT when there is not one answer a row, or a column has a name that is taken
 */
export function productionRows(input: Table, answers: readonly Answer[], timeMs: number): Table {
  if (answers.length !== input.rowCount) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `There are ${answers.length} answers for ${input.rowCount} rows, expected one for each.`,
    )
  }
  const taken = input.columnNames.find((name) => Object.hasOwn(answerColumns, name))
  if (taken !== undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `A column of the input is called "${taken}", a name that production rows need for themselves. Rename it.`,
    )
  }
  const type = answers.some(({ prediction }) => typeof prediction === 'number') ? 'double' : 'string'
  const every = <T>(value: T): T[] => Array.from({ length: input.rowCount }, () => value)
  return Table.fromColumns([
    ...input.columnNames.map((name) => [name, input.column(name)] as const),
    ['prediction', columnFrom(type, predictions(answers, type))],
    [
      'confidence',
      columnFrom(
        'double',
        answers.map(({ confidence }) => confidence),
      ),
    ],
    ['target', columnFrom(type, every(null))],
    ['date', columnFrom('datetime', every(new Date(timeMs)))],
    [
      'uuid',
      columnFrom(
        'string',
        answers.map(() => randomUUID()),
      ),
    ],
  ])
}

function predictions(answers: readonly Answer[], type: 'string' | 'double'): (string | number | null)[] {
  const convert = type === 'double' ? Number : String
  return answers.map(({ prediction }) => (prediction === null ? null : convert(prediction)))
}

/** A table without rows, as long as nothing has been kept. */
export function noRows(types: Readonly<Record<string, ColumnType>> = answerColumns): Table {
  return Table.fromColumns(Object.entries(types).map(([name, type]): [string, Column] => [name, columnFrom(type, [])]))
}

/** @throws MillraceError INVALID_ARGUMENT for a limit that is no number of rows */
export function requireLimit({ limit }: LoadOptions): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 0)) return
  throw new MillraceError('INVALID_ARGUMENT', `The limit is ${limit} rows, expected a whole number of at least 0.`)
}

/** The last `limit` rows of what was kept in order, newest first. */
export function newestFirst(
  rows: Table,
  { limit = rows.rowCount, labelled }: { limit?: number; labelled?: boolean },
): Table {
  const targets = rows.strings('target')
  const found: number[] = []
  for (let row = rows.rowCount - 1; row >= 0 && found.length < limit; row--) {
    if (labelled === undefined || labelled === (targets[row] !== null)) found.push(row)
  }
  return rows.take(found)
}
