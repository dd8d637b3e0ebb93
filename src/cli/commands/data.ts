/** `millrace data`: what is in a table. */
import { Command } from 'commander'
import { commandWithExamples, jsonOption, type JsonFlag } from '../options.ts'
import { bold, type Cell, printJson, printLine, printTable } from '../output.ts'

interface DescribeFlags extends JsonFlag {
  readonly writeSchema?: boolean
}

export function dataCommand(): Command {
  return new Command('data')
    .description('look at tables and check them')
    .addCommand(describeCommand())
    .addCommand(checkCommand())
}

function describeCommand(): Command {
  return commandWithExamples('describe', 'show columns, types, missing values and statistics of a table', [
    'data describe penguins.csv',
    'data describe penguins.parquet --json',
    'data describe penguins.csv --write-schema',
  ])
    .argument('<file>', 'CSV, JSONL or Parquet; - reads CSV from standard input')
    .option('--write-schema', 'write the schema beside the file, as <file>.schema.json')
    .addOption(jsonOption())
    .action(async (file: string, flags: DescribeFlags) => {
      const { describeTable, inferSchema, readTable, writeSchema } = await import('../../data/index.ts')
      const table = await readTable(file)
      if (flags.writeSchema === true) {
        const path = await writeSchema(file, inferSchema(table))
        process.stderr.write(`The schema is in ${path}.\n`)
      }
      const columns = describeTable(table)
      if (flags.json === true) return printJson({ rowCount: table.rowCount, columns })
      printLine(`${bold(file)}: ${table.rowCount} rows, ${columns.length} columns`)
      printLine()
      printTable(
        ['column', 'type', 'missing', 'distinct', 'mean', 'std', 'min', 'median', 'max', 'most frequent'],
        columns.map((column): Cell[] => [column.name, column.type, column.missing, column.distinct]),
      )
    })
}

function checkCommand(): Command {
  return commandWithExamples('check', 'check a table against the schema written beside it', [
    'data check penguins.csv',
    'data check new.csv --schema penguins.csv.schema.json',
  ])
    .argument('<file>', 'CSV, JSONL or Parquet')
    .action(() => undefined)
}
