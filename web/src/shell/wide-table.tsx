/** A table that is moved sideways where it does not fit, by the arrow keys too. */
import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

interface WideTableProps {
  /** What it shows, for those who hear it. */
  readonly label: string
  /** In pixels; where there is less, it is moved. */
  readonly minWidth: number
  readonly children: ReactNode
}

export function WideTable({ label, minWidth, children }: WideTableProps): ReactNode {
  const viewportProps = { tabIndex: 0, role: 'group', 'aria-label': label }
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps }}>
      {children}
    </Table.ScrollContainer>
  )
}
