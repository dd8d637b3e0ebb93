/**
 * A table of any length: only the rows in sight are in the page. Its owner says what there is, in which order, and what
 * is chosen, so that all of it can live in the address.
 */
import { Checkbox } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import {
  columnResizingFeature,
  columnSizingFeature,
  createColumnHelper,
  type Header,
  type Row as TableRow,
  type RowData,
  rowSelectionFeature,
  type RowSelectionState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { strings } from '../strings.ts'
import classes from './data-table.module.css'

const rowHeight = 36

export interface DataColumn<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** In pixels, until somebody draws it to another; never more than half of the screen at first. */
  readonly width: number
  readonly align?: 'start' | 'end'
  readonly sortable?: boolean
}

export interface Sort {
  readonly column: string
  readonly descending: boolean
}

export interface DataTableProps<Row> {
  /** What the table shows, for those who hear it. */
  readonly label: string
  readonly columns: readonly DataColumn<Row>[]
  readonly rows: readonly Row[]
  readonly rowId: (row: Row) => string
  readonly rowName: (row: Row) => string
  readonly sort?: Sort | undefined
  readonly onSort?: (sort: Sort | undefined) => void
  /** Ids of the chosen rows; without it rows cannot be chosen. */
  readonly selected?: ReadonlySet<string>
  readonly onSelect?: (ids: ReadonlySet<string>) => void
  /** Called when `column` is drawn to the place of `target`. */
  readonly onMove?: (column: string, target: string) => void
  /** Called when the end comes into sight. */
  readonly onEnd?: () => void
}

const features = tableFeatures({ columnSizingFeature, columnResizingFeature, rowSelectionFeature })

export function DataTable<Row extends RowData>(props: DataTableProps<Row>): ReactNode {
  const { label, columns, rows, rowId, selected, onSelect } = props
  const helper = useMemo(() => createColumnHelper<typeof features, Row>(), [])
  const definitions = useMemo(
    () =>
      helper.columns(
        columns.map(({ id, header, cell, width }) =>
          helper.display({ id, header, size: Math.min(width, innerWidth / 2), cell: ({ row }) => cell(row.original) }),
        ),
      ),
    [columns, helper],
  )
  const rowSelection = useMemo(() => selectionOf(selected), [selected])
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowId,
    columnResizeMode: 'onChange',
    state: { rowSelection },
    onRowSelectionChange: (change) => {
      onSelect?.(new Set(Object.keys(typeof change === 'function' ? change(rowSelection) : change)))
    },
  })
  const scroll = useRef<HTMLDivElement>(null)
  const tableRows = table.getRowModel().rows
  const virtualizer = useVirtualizer({
    count: tableRows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => tableRows[index]!.id,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  useEndInSight(items.at(-1)?.index, tableRows.length, props.onEnd)
  const width = table.getTotalSize() + (selected === undefined ? 0 : 36)

  return (
    <div ref={scroll} className={classes['scroll']} role="region" aria-label={label} tabIndex={0}>
      <table className={classes['table']} role="table" aria-rowcount={tableRows.length + 1} style={{ width }}>
        <thead className={classes['head']} role="rowgroup">
          <tr className={classes['headRow']} role="row" aria-rowindex={1}>
            {selected !== undefined && (
              <th className={classes['headCell']} style={{ width: 36 }} role="columnheader" scope="col">
                <Checkbox
                  size="xs"
                  aria-label={strings.runs.selectAll}
                  checked={tableRows.length > 0 && table.getIsAllRowsSelected()}
                  indeterminate={table.getIsSomeRowsSelected()}
                  onChange={table.getToggleAllRowsSelectedHandler()}
                />
              </th>
            )}
            {table.getHeaderGroups()[0]?.headers.map((header, index) => (
              <HeadCell key={header.id} header={header} column={columns[index]!} table={props} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" style={{ display: 'grid', position: 'relative', height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = tableRows[index]!
            return (
              <tr
                key={row.id}
                className={classes['row']}
                role="row"
                aria-rowindex={index + 2}
                data-selected={row.getIsSelected() || undefined}
                style={{ transform: `translateY(${start}px)` }}
              >
                {selected !== undefined && <SelectCell row={row} name={props.rowName(row.original)} />}
                {row.getAllCells().map((cell, place) => (
                  <td
                    key={cell.id}
                    className={classes['cell']}
                    role="cell"
                    data-align={columns[place]?.align}
                    style={{ width: cell.column.getSize() }}
                  >
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function selectionOf(ids: ReadonlySet<string> = new Set()): RowSelectionState {
  return Object.fromEntries([...ids].map((id) => [id, true as const]))
}

function SelectCell<Row extends RowData>({
  row,
  name,
}: {
  readonly row: TableRow<typeof features, Row>
  readonly name: string
}): ReactNode {
  return (
    <td className={classes['cell']} style={{ width: 36 }} role="cell">
      <Checkbox
        size="xs"
        aria-label={strings.runs.select(name)}
        checked={row.getIsSelected()}
        onChange={row.getToggleSelectedHandler()}
      />
    </td>
  )
}

interface HeadCellProps<Row extends RowData> {
  readonly header: Header<typeof features, Row>
  readonly column: DataColumn<Row>
  readonly table: DataTableProps<Row>
}

function HeadCell<Row extends RowData>({ header, column, table }: HeadCellProps<Row>): ReactNode {
  const { sort, onSort, onMove } = table
  const [isOver, setOver] = useState(false)
  const direction = sort?.column !== column.id ? 'none' : sort.descending ? 'descending' : 'ascending'
  return (
    <th
      className={classes['headCell']}
      role="columnheader"
      scope="col"
      aria-sort={column.sortable === true ? direction : undefined}
      data-align={column.align}
      data-over={isOver || undefined}
      style={{ width: header.getSize() }}
      draggable={onMove !== undefined}
      onDragStart={(event) => event.dataTransfer.setData(dragType, column.id)}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(dragType)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        onMove?.(event.dataTransfer.getData(dragType), column.id)
      }}
    >
      {column.sortable === true ? (
        <button
          type="button"
          className={classes['sort']}
          title={column.header}
          aria-label={strings.runs.sortBy(column.header)}
          onClick={() => onSort?.(nextSort(column.id, direction))}
        >
          <span>{column.header}</span>
          {direction === 'ascending' && <IconArrowUp size={14} />}
          {direction === 'descending' && <IconArrowDown size={14} />}
        </button>
      ) : (
        <span title={column.header}>{column.header}</span>
      )}
      <span
        className={classes['resize']}
        draggable
        onDragStart={(event) => {
          // Drawing the border must not start to draw the column.
          event.preventDefault()
          event.stopPropagation()
        }}
        onMouseDown={header.getResizeHandler()}
        onTouchStart={header.getResizeHandler()}
      />
    </th>
  )
}

const dragType = 'application/x-millrace-column'

/** Largest first, smallest first, then as at the beginning. */
function nextSort(column: string, direction: 'none' | 'ascending' | 'descending'): Sort | undefined {
  if (direction === 'ascending') return undefined
  return { column, descending: direction === 'none' }
}

function useEndInSight(lastShown: number | undefined, count: number, onEnd: (() => void) | undefined): void {
  useEffect(() => {
    if (lastShown !== undefined && lastShown >= count - 20) onEnd?.()
  }, [lastShown, count, onEnd])
}
