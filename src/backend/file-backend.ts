/** Production rows in files that people can read: JSON Lines or CSV, one for the rows and one for their labels. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { appendLines, type Clock, DataError, MillraceError, systemClock } from '../core/index.ts'
import {
  columnFrom,
  type ColumnType,
  formatCsv,
  inferSchema,
  readCsv,
  readJsonl,
  readSchema,
  Table,
  writeSchema,
} from '../data/index.ts'
import type { Backend, LabelOptions, LoadOptions } from './backend.ts'
import { deployToEndpoint, invokeEndpoint, localEndpoint } from './endpoint.ts'
import { drawLabels } from './labelling.ts'
import { newestFirst, noRows, productionRows, requireLimit } from './production-rows.ts'

export interface FileBackendOptions {
  /** The file of rows, ending in `.jsonl` or `.csv`. Labels are kept beside it: `rows.labels.jsonl`. */
  readonly file: string
  /** Where the model answers. Default: `http://127.0.0.1:8080/invocations`. */
  readonly target?: string
  readonly clock?: Clock
}

/**
 * A backend on two files that are only ever appended to: the rows, and the labels that came later, joined by `uuid`.
 * So a server and a labeller can write at the same time, and nothing that was written is ever written again.
 *
 * The schema of the rows is kept beside them, as `rows.schema.json`.
 *
 * @throws MillraceError INVALID_ARGUMENT for a file of another kind
 */
export function fileBackend(options: FileBackendOptions): Backend {
  const { file, target = localEndpoint, clock = systemClock } = options
  const rows = new RowFiles(file)
  return {
    name: file,
    load: async (request = {}) => await rows.load(request),
    save: async (input, answers) => await rows.save(productionRows(input, answers, clock())),
    label: async (request = {}) => await rows.label(request),
    invoke: async (table) => await invokeEndpoint(target, table),
    deploy: async (_uri, version) => await deployToEndpoint(target, version),
    [Symbol.asyncDispose]: async () => await Promise.resolve(),
  }
}

type Types = Readonly<Record<string, ColumnType>>

/** How a table is written and read as text. */
interface Format {
  readonly heading: (table: Table) => string
  readonly lines: (table: Table) => string
  readonly read: (path: string, columns: Types) => Promise<Table>
}

const formats: Readonly<Record<string, Format>> = {
  jsonl: {
    heading: () => '',
    lines: (table) =>
      table
        .toRecords()
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    read: async (path, columns) => await readJsonl(path, { columns }),
  },
  csv: {
    heading: (table) => [...formatCsv(table.slice(0, 0))].join(''),
    lines: (table) => [...formatCsv(table)].join('').slice([...formatCsv(table.slice(0, 0))].join('').length),
    read: async (path, columns) => await readCsv(path, { columns }),
  },
}

const labelTypes = { uuid: 'string', target: 'string' } as const

class RowFiles {
  readonly #file: string
  readonly #labelFile: string
  readonly #format: Format
  /** The columns, once known: asked at each save. */
  #kept: Types | undefined

  constructor(file: string) {
    const [, stem, ending = ''] = /^(.*)\.([a-z]+)$/.exec(file) ?? []
    const format = formats[ending]
    if (format === undefined) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `Cannot keep production rows in "${file}": expected a file that ends in .db (SQLite), .jsonl or .csv.`,
      )
    }
    this.#file = resolve(file)
    this.#labelFile = resolve(`${stem}.labels.${ending}`)
    this.#format = format
  }

  async load(options: LoadOptions): Promise<Table> {
    requireLimit(options)
    const types = await this.#types()
    if (types === undefined || !existsSync(this.#file)) return noRows(types)
    const rows = await this.#read(this.#file, types)
    const labels = await this.#labels()
    const targets = rows.strings('uuid').map((uuid) => labels.get(String(uuid)) ?? null)
    const { type } = rows.column('target')
    const target = columnFrom(
      type,
      type === 'string' ? targets : targets.map((label) => (label === null ? null : Number(label))),
    )
    return newestFirst(rows.withColumn('target', target), options)
  }

  async save(rows: Table): Promise<void> {
    if (rows.rowCount === 0) return
    await this.#requireTypes(rows)
    await appendLines(this.#file, this.#format.lines(rows), this.#format.heading(rows))
  }

  async label(options: LabelOptions): Promise<number> {
    const all = await this.load({})
    const known = [...new Set(all.strings('prediction'))].filter((prediction) => prediction !== null).sort()
    const [predictions, targets] = [all.strings('prediction'), all.strings('target')]
    const open = Array.from(predictions.keys()).filter((row) => predictions[row] !== null && targets[row] === null)
    // Oldest first, so that a seed labels a row alike when more rows have come since.
    const rows = all.take(open.reverse())
    const labels = drawLabels(rows, known, options)
    if (labels.length === 0) return 0
    const uuids = rows.strings('uuid')
    const table = Table.fromRecords(
      labels.map((target, row) => ({ uuid: uuids[row], target })),
      labelTypes,
    )
    await appendLines(this.#labelFile, this.#format.lines(table), this.#format.heading(table))
    return labels.length
  }

  async #read(path: string, types: Types): Promise<Table> {
    try {
      return await this.#format.read(path, types)
    } catch (error) {
      if (!(error instanceof DataError) || error.location.row === undefined) throw error
      const advice =
        'A crash may have cut it off while it was written: then nobody was told that it is kept. Remove it.'
      throw new DataError(error.location, `${error.detail} ${advice}`, { cause: error, code: error.code })
    }
  }

  async #labels(): Promise<Map<string, string>> {
    if (!existsSync(this.#labelFile)) return new Map()
    const labels = await this.#read(this.#labelFile, labelTypes)
    const targets = labels.strings('target')
    return new Map(
      labels.strings('uuid').flatMap((uuid, i) => {
        const target = targets[i]
        return uuid === null || target === null || target === undefined ? [] : [[uuid, target] as const]
      }),
    )
  }

  /** The columns kept here, undefined before the first rows. */
  async #types(): Promise<Types | undefined> {
    const schema = await readSchema(this.#file)
    return schema === undefined ? undefined : Object.fromEntries(schema.columns.map(({ name, type }) => [name, type]))
  }

  /** @throws MillraceError SCHEMA_MISMATCH when the file has other columns than `rows` */
  async #requireTypes(rows: Table): Promise<void> {
    const found: Types = rows.types
    const expected = (this.#kept ??= await this.#types())
    if (expected === undefined) {
      await writeSchema(this.#file, inferSchema(rows.slice(0, 0)))
      return
    }
    const differing = [...new Set([...Object.keys(expected), ...Object.keys(found)])].find(
      (name) => expected[name] !== found[name],
    )
    if (differing === undefined) return
    throw new MillraceError(
      'SCHEMA_MISMATCH',
      `Column "${differing}" is ${found[differing] ?? 'absent'}, but ${this.#file} keeps it as ${expected[differing] ?? 'absent'}. Rows of another model need a file of their own.`,
    )
  }
}
