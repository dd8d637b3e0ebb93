/** `millrace data`: getting data, what is in a table or an image set, and whether a table is as it should be. */
import { Command } from 'commander'
import { DataError, MillraceError } from '../../core/index.ts'
import type { ColumnDescription } from '../../data/index.ts'
import {
  commandWithExamples,
  jsonOption,
  type JsonFlag,
  readOptions,
  type TableFlags,
  tableName,
  withTableOptions,
} from '../options.ts'
import { describeImageSets, isOfImages } from './data/describe-images.ts'
import { onboardCommand } from './data/onboard.ts'
import { bold, type Cell, formatTime, printJson, printLine, printTable } from '../output.ts'

interface DescribeFlags extends JsonFlag, TableFlags {
  readonly writeSchema?: boolean
}

interface CheckFlags extends JsonFlag, TableFlags {
  readonly schema?: string
}

export function dataCommand(): Command {
  return new Command('data')
    .description('get data sets, look at tables and images, check them')
    .addCommand(onboardCommand())
    .addCommand(describeCommand())
    .addCommand(checkCommand())
}

function describeCommand(): Command {
  const command = commandWithExamples(
    'describe',
    'show columns and statistics of a table, or classes and sizes of images',
    [
      'data describe penguins.csv',
      'data describe datasets/fashion-mnist',
      'data describe penguins.parquet --json',
      'data describe penguins.csv --write-schema',
    ],
  )
    .argument(
      '<file>',
      'CSV, JSONL or Parquet; - reads CSV from standard input; a folder of images by class, or IDX files',
    )
    .option('--write-schema', 'write the schema beside the file, as <file>.schema.json')
  return withTableOptions(command).addOption(jsonOption()).action(describe)
}

function checkCommand(): Command {
  const command = commandWithExamples('check', 'check a table against a schema; exits with 1 when it does not fit', [
    'data check penguins.csv',
    'data check new.csv --schema penguins.csv.schema.json',
  ])
    .argument('<file>', 'CSV, JSONL or Parquet; - reads CSV from standard input')
    .option('--schema <file>', 'what the table has to fit (default: <file>.schema.json)')
  return withTableOptions(command).addOption(jsonOption()).action(check)
}

async function describe(file: string, flags: DescribeFlags): Promise<void> {
  if (flags.writeSchema === true && file === '-') {
    throw new MillraceError('INVALID_ARGUMENT', '--write-schema needs a file to write the schema beside, found "-".')
  }
  if (await isOfImages(file)) {
    if (flags.writeSchema === true) {
      throw new MillraceError('INVALID_ARGUMENT', `--write-schema is for tables, ${file} holds images. Leave it out.`)
    }
    return await describeImageSets(file, flags)
  }
  const { describeTable, inferSchema, readTable, writeSchema } = await import('../../data/index.ts')
  const table = await readTable(file, readOptions(flags))
  if (flags.writeSchema === true) {
    const path = await writeSchema(file, inferSchema(table))
    process.stderr.write(`The schema is in ${path}.\n`)
  }
  const columns = describeTable(table)
  if (flags.json === true) return printJson({ rowCount: table.rowCount, columns })
  printLine(`${bold(tableName(file))}: ${table.rowCount} rows, ${columns.length} columns`)
  printColumns(['numbers', 'mean', 'std', 'min', 'median', 'max'], columns.map(numberCells))
  printColumns(['dates', 'first', 'last'], columns.map(dateCells))
  printColumns(['text', 'most frequent'], columns.map(textCells))
}

interface ColumnCells {
  readonly column: ColumnDescription
  readonly cells: readonly Cell[]
}

/** Prints the columns of one sort, undefined being those of another, with what only that sort has. */
function printColumns(
  [title = '', ...heading]: readonly string[],
  described: readonly (ColumnCells | undefined)[],
): void {
  const rows = described
    .filter((one) => one !== undefined)
    .map(({ column: { name, type, missing, distinct }, cells }) => [name, type, missing, distinct, ...cells])
  if (rows.length === 0) return
  printLine()
  printTable([title, 'type', 'missing', 'distinct', ...heading], rows)
}

function numberCells(column: ColumnDescription): ColumnCells | undefined {
  if (column.type !== 'double' && column.type !== 'long') return undefined
  const { mean, std, min, quartiles, max } = column
  const cells = [mean, std, min, quartiles[1], max]
  return { column, cells: cells.map((value) => (Number.isNaN(value) ? null : value)) }
}

function dateCells(column: ColumnDescription): ColumnCells | undefined {
  if (column.type !== 'datetime') return undefined
  return { column, cells: [column.min, column.max].map((time) => (Number.isNaN(time) ? null : formatTime(time))) }
}

/** The most frequent values with their counts. */
function textCells(column: ColumnDescription): ColumnCells | undefined {
  if (column.type !== 'string' && column.type !== 'boolean') return undefined
  const shown = column.top.map(({ value, count }) => `${oneLine(String(value))} (${count})`)
  const rest = column.distinct > shown.length ? ['…'] : []
  return { column, cells: [[...shown, ...rest].join(', ')] }
}

/** A short text without line breaks. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 24 ? `${line.slice(0, 23)}…` : line
}

async function check(file: string, flags: CheckFlags): Promise<void> {
  if (file === '-' && flags.schema === undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'Rows from standard input have no schema beside them. Name one with --schema.',
    )
  }
  const { checkSchema, readSchema, readTable, schemaPath } = await import('../../data/index.ts')
  const place = schemaPath(flags.schema ?? file)
  const schema = await readSchema(place)
  if (schema === undefined) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no schema at ${place}. Write one from data that are right: millrace data describe FILE --write-schema`,
    )
  }
  const table = await readTable(file, readOptions(flags))
  const { problems, warnings } = checkSchema(table, schema)
  const fits = problems.length === 0
  if (flags.json === true) {
    printJson({ fits, rowCount: table.rowCount, problems, warnings })
  } else {
    for (const { message } of problems) printLine(`${bold('problem')}  ${message}`)
    for (const { message } of warnings) printLine(`warning  ${message}`)
    if (fits) printLine(`${tableName(file)}: ${table.rowCount} rows fit ${place}.`)
  }
  if (fits) return
  throw new DataError(
    { file: tableName(file) },
    `The rows do not fit ${place}: ${counted(problems.length, 'problem')}, ${counted(warnings.length, 'warning')}. Mend the data, or write a new schema if the change is meant.`,
    { code: 'SCHEMA_MISMATCH' },
  )
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
