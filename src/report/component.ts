/** The parts a report is made of: plain, immutable values, and the functions that make them. Nothing is rendered here. */
import { inspect, stripVTControlCharacters } from 'node:util'
import { MillraceError } from '../core/index.ts'
import type { Chart } from './chart.ts'
import type { Graph } from './graph.ts'

export type Component =
  | Markdown
  | DataTable
  | Chart
  | Image
  | ProgressBar
  | ValueBox
  | Badge
  | Code
  | ErrorBox
  | Timeline
  | Graph
  | Section
  | Columns

/** How something went. It is shown by colour and by a sign, so that it is read without the colour too. */
export type Status = 'ok' | 'warning' | 'failed'

export interface Markdown {
  readonly kind: 'markdown'
  readonly text: string
}

/** A value of a table. Numbers, dates and truth values are formatted; components may be nested. */
export type Cell = string | number | bigint | boolean | Date | null | undefined | Component

export interface TableColumn {
  readonly title: string
  /** Show numbers as a percentage: 0.5 as 50.0%. Default: false. */
  readonly percent?: boolean
  /** Digits after the point. Default: what the column's values need, at most four. */
  readonly decimals?: number
}

export interface DataTable {
  readonly kind: 'table'
  readonly columns: readonly TableColumn[]
  readonly rows: readonly (readonly Cell[])[]
  readonly caption?: string
  /** How many rows there were; more than `rows.length` when the table was cut. */
  readonly rowCount: number
}

export interface TableOptions {
  readonly columns: readonly (string | TableColumn)[]
  /** Each row has a cell for each column; the first cell names the row. */
  readonly rows: readonly (readonly Cell[])[]
  readonly caption?: string
  /** Rows to show; the reader is told of the rest. Default: 1000. */
  readonly maxRows?: number
}

export interface Image {
  readonly kind: 'image'
  readonly dataUri: string
  readonly alt: string
}

export interface ProgressBar {
  readonly kind: 'progress'
  readonly label: string
  readonly value: number
  /** Default: 1, so that `value` is a share. */
  readonly max: number
}

export interface ValueBox {
  readonly kind: 'value-box'
  readonly title: string
  readonly value: string | number
  readonly detail?: string
  readonly status?: Status
}

export interface Badge {
  readonly kind: 'badge'
  readonly text: string
  readonly status?: Status
}

export interface Code {
  readonly kind: 'code'
  readonly text: string
  readonly language?: string
}

export interface ErrorBox {
  readonly kind: 'error'
  readonly name: string
  readonly message: string
  readonly stack?: string
}

export interface TimelineEvent {
  readonly time: Date
  readonly title: string
  readonly detail?: string
  readonly status?: Status
}

export interface Timeline {
  readonly kind: 'timeline'
  readonly events: readonly TimelineEvent[]
}

export interface SectionOptions {
  /** Makes the section one that the reader can fold, at first open or closed. Printed sections are open. */
  readonly open?: boolean
  /** The anchor to link to. Default: made from the title. */
  readonly id?: string
}

export interface Section extends SectionOptions {
  readonly kind: 'section'
  readonly title: string
  readonly components: readonly Component[]
}

export interface Columns {
  readonly kind: 'columns'
  readonly components: readonly Component[]
}

/** Text in GitHub's Markdown. HTML in it is shown as text; links other than http, https, mailto and #anchor are dropped. */
export function markdown(text: string): Markdown {
  return { kind: 'markdown', text }
}

/**
 * A table; columns of numbers are set to the right with their points aligned.
 *
 * @throws MillraceError INVALID_ARGUMENT when a row has not one cell for each column
 */
export function table({ columns, rows, caption, maxRows = 1000 }: TableOptions): DataTable {
  const wrong = rows.findIndex((row) => row.length !== columns.length)
  if (wrong !== -1) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `table: row ${wrong + 1} has ${rows[wrong]?.length} cells, but there are ${columns.length} columns. ` +
        'Give each row a cell for each column; null is an empty one.',
    )
  }
  return {
    kind: 'table',
    columns: columns.map((column) => (typeof column === 'string' ? { title: column } : column)),
    rows: rows.slice(0, maxRows).map((row) => [...row]),
    rowCount: rows.length,
    ...(caption !== undefined && { caption }),
  }
}

/**
 * A picture, kept inside the document.
 *
 * @param source the bytes of a PNG, JPEG, GIF, WebP or SVG file, or a `data:image/…` URI
 * @param alt what the picture shows, for those who do not see it
 * @throws MillraceError INVALID_ARGUMENT when `source` is neither
 */
export function image(source: Uint8Array | string, alt: string): Image {
  if (typeof source !== 'string') return { kind: 'image', dataUri: dataUriOf(source), alt }
  if (/^data:image\/[a-z0-9.+-]+[;,]/i.test(source)) return { kind: 'image', dataUri: source, alt }
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `image: expected the bytes of a picture or a data:image/ URI, found "${source.slice(0, 40)}". Read the file first.`,
  )
}

/** How far something is: `value` of `max`, which is 1 by default. */
export function progressBar({ label, value, max = 1 }: { label: string; value: number; max?: number }): ProgressBar {
  return { kind: 'progress', label, value, max }
}

/** One figure, large, with what it is and perhaps a verdict. */
export function valueBox(box: Omit<ValueBox, 'kind'>): ValueBox {
  return { kind: 'value-box', ...box }
}

/** A word with a verdict, such as a state. Without a status it is neutral. */
export function badge(text: string, status?: Status): Badge {
  return { kind: 'badge', text, ...(status !== undefined && { status }) }
}

/** Text in a fixed-width face, as it is. `language` is only told to the reader. */
export function code(text: string, language?: string): Code {
  return { kind: 'code', text, ...(language !== undefined && { language }) }
}

/**
 * A value as indented JSON. What JSON has no word for (bigint, NaN, Map, Set, typed arrays) is written as its nearest.
 *
 * @throws TypeError for a value that contains itself; `artifact` shows those
 */
export function json(value: unknown): Code {
  return code(JSON.stringify(value, replaceForJson, 2) ?? 'undefined', 'json')
}

/** Any value as Node's console shows it: nested five deep, the first hundred items of lists, long texts cut. */
export function artifact(value: unknown): Code {
  return code(inspect(value, { depth: 5, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 }))
}

/** Something that was thrown, with its stack and causes. What is no Error is shown as a value. */
export function errorBox(error: unknown): ErrorBox {
  if (!(error instanceof Error)) return { kind: 'error', name: 'Error', message: inspect(error) }
  const stack = stripVTControlCharacters(inspect(error, { depth: 2 }))
  return { kind: 'error', name: error.name, message: error.message, stack }
}

/** What happened and when, in the order given. */
export function timeline(events: readonly TimelineEvent[]): Timeline {
  return { kind: 'timeline', events: [...events] }
}

/** Components under a heading. With `open` given the reader can fold it. */
export function section(title: string, components: readonly Component[], options: SectionOptions = {}): Section {
  return { kind: 'section', title, components: [...components], ...options }
}

/** Components side by side; below each other where there is no room. */
export function columns(components: readonly Component[]): Columns {
  return { kind: 'columns', components: [...components] }
}

function replaceForJson(_: string, value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return value.toString()
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>)
  return value
}

/** The formats a browser shows, by the bytes they begin with. */
const signatures: readonly (readonly [type: string, start: RegExp])[] = [
  ['png', /^\x89PNG/],
  ['jpeg', /^\xff\xd8\xff/],
  ['gif', /^GIF8/],
  ['webp', /^RIFF.{4}WEBP/s],
  ['svg+xml', /^(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml|!--)/],
]

function dataUriOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = buffer.toString('latin1', 0, 64)
  const type = signatures.find(([, pattern]) => pattern.test(start))?.[0]
  if (type === undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `image: the ${bytes.byteLength} bytes are no PNG, JPEG, GIF, WebP or SVG file. Convert the picture to one of these.`,
    )
  }
  return `data:image/${type};base64,${buffer.toString('base64')}`
}
