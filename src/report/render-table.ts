/** Renders tables: numbers to the right with their points aligned, few bytes a cell, scrolling where they are wide. */
import type { Cell, Component, DataTable, TableColumn } from './component.ts'
import { commonDecimals, formatFixed, formatNumber, formatPercent, formatTime } from './format.ts'
import { type Html, markup, trusted } from './html.ts'

/** @param renderNested renders a component in a cell */
export async function renderTable(
  { columns, rows, caption, rowCount }: DataTable,
  renderNested: (component: Component) => Promise<Html>,
): Promise<Html> {
  const styles = columns.map((column, i) =>
    cellStyle(
      column,
      rows.map((row) => row[i]),
    ),
  )
  const body: Html[] = []
  for (const row of rows) {
    const cells: Html[] = []
    for (const [i, cell] of row.entries()) {
      const content = isComponent(cell) ? await renderNested(cell) : styles[i]?.format(cell)
      cells.push(i === 0 ? markup`<th scope="row">${content}</th>` : markup`<td${styles[i]?.attribute}>${content}</td>`)
    }
    body.push(markup`<tr>${cells}</tr>\n`)
  }
  const heading = columns.map(({ title }, i) => markup`<th scope="col"${i > 0 && styles[i]?.attribute}>${title}</th>`)
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${caption ?? 'Table'}">
    <table>
      ${caption !== undefined && markup`<caption>${caption}</caption>`}
      <thead>
        <tr>${heading}</tr>
      </thead>
      <tbody>
        ${body}</tbody>
    </table>
    ${renderRest(rows.length, rowCount)}
  </div>`
}

interface CellStyle {
  readonly attribute: Html | undefined
  readonly format: (cell: Exclude<Cell, Component>) => string
}

/** How a column is shown: to the right if it has numbers. */
function cellStyle({ percent = false, decimals }: TableColumn, cells: readonly Cell[]): CellStyle {
  const numbers = cells.filter((cell) => typeof cell === 'number')
  const isNumeric = numbers.length > 0 || cells.some((cell) => typeof cell === 'bigint')
  const digits = decimals ?? (percent ? 1 : commonDecimals(numbers))
  const formatOne = (value: number): string => (percent ? formatPercent(value, digits) : formatFixed(value, digits))
  return {
    attribute: isNumeric ? trusted(' class="n"') : undefined,
    format: (cell) => (typeof cell === 'number' ? formatOne(cell) : formatPlain(cell)),
  }
}

function formatPlain(cell: string | bigint | boolean | Date | null | undefined): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  return cell instanceof Date ? formatTime(cell) : String(cell)
}

function renderRest(shown: number, all: number): Html | undefined {
  if (shown === all) return undefined
  return markup`<p class="note">The first ${formatNumber(shown)} of ${formatNumber(all)} rows.</p>`
}

function isComponent(cell: Cell): cell is Component {
  return typeof cell === 'object' && cell !== null && 'kind' in cell
}
