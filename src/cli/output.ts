/** What commands print: tables for people, JSON for scripts. */
import { styleText } from 'node:util'

/** Writes one JSON document to standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** A row of a printed table: text, or numbers, which are set to the right. */
export type Cell = string | number | null | undefined

/** Writes aligned columns under a heading. An empty table prints nothing. */
export function printTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const texts = rows.map((row) => row.map(formatCell))
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...texts.map((row) => (row[column] ?? '').length)),
  )
  const isNumber = heading.map((_, column) => rows.some((row) => typeof row[column] === 'number'))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        isNumber[column] === true ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd()
  printLine(bold(line(heading)))
  for (const row of texts) printLine(line(row))
}

/** Bold on a terminal, plain elsewhere and where NO_COLOR is set. */
export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}

/** `2026-11-21 10:05:30`, in UTC. */
export function formatTime(timeMs: number | undefined): string {
  return timeMs === undefined ? '' : new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19)
}

/** Up to six significant digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

function formatCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'number' ? formatNumber(cell) : cell
}
