/** Chooses the columns of the table and their order, with the keyboard as well. */
import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Stack, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconColumns } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'
import { columnName, moveColumn } from './column-names.ts'

const text = strings.runs
/** Of each group, so that the list opens at once where runs have thousands of metrics. */
const maxOthers = 100

interface ColumnPickerProps {
  /** What there is, by group. */
  readonly known: Readonly<Record<string, readonly string[]>>
  readonly columns: readonly string[]
  /** Undefined goes back to what the table chooses. */
  readonly onChange: (columns: readonly string[] | undefined) => void
}

export function ColumnPicker({ known, columns, onChange }: ColumnPickerProps): ReactNode {
  const [find, setFind] = useState('')
  const others = Object.entries(known).map(
    ([group, ids]) => [group, ids.filter((id) => !columns.includes(id) && includes(id, find))] as const,
  )
  return (
    <Popover position="bottom-end" width={320} trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconColumns size={14} />}>
          {text.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <TextInput
            size="xs"
            aria-label={text.columnsFind}
            placeholder={text.columnsFind}
            value={find}
            onChange={({ currentTarget }) => setFind(currentTarget.value)}
          />
          <ScrollArea.Autosize mah={360} type="auto">
            <Stack gap={4}>
              {columns
                .filter((id) => includes(id, find))
                .map((id) => (
                  <Shown key={id} id={id} columns={columns} onChange={onChange} />
                ))}
              {others.map(([group, ids]) => (
                <Group key={group} gap={4} display={ids.length === 0 ? 'none' : undefined} align="stretch">
                  <Text size="xs" c="dimmed" mt={6} w="100%">
                    {group}
                  </Text>
                  {ids.slice(0, maxOthers).map((id) => (
                    <Checkbox
                      key={id}
                      w="100%"
                      size="xs"
                      checked={false}
                      label={columnName(id)}
                      aria-label={text.columnShow(columnName(id))}
                      onChange={() => onChange([...columns, id])}
                    />
                  ))}
                  {ids.length > maxOthers && <Text size="xs">{text.columnsMore(ids.length - maxOthers)}</Text>}
                </Group>
              ))}
            </Stack>
          </ScrollArea.Autosize>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(undefined)}>
            {text.columnsReset}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function includes(id: string, find: string): boolean {
  return columnName(id).toLowerCase().includes(find.toLowerCase())
}

interface ShownProps extends Pick<ColumnPickerProps, 'columns' | 'onChange'> {
  readonly id: string
}

function Shown({ id, columns, onChange }: ShownProps): ReactNode {
  const place = columns.indexOf(id)
  const name = columnName(id)
  return (
    <Group gap={4} wrap="nowrap">
      <Checkbox
        flex={1}
        size="xs"
        checked
        label={name}
        aria-label={text.columnShow(name)}
        onChange={() => onChange(columns.filter((other) => other !== id))}
      />
      <ActionIcon
        size="xs"
        variant="subtle"
        color="gray"
        aria-label={text.columnUp(name)}
        disabled={place === 0}
        onClick={() => onChange(moveColumn(columns, id, columns[place - 1]!))}
      >
        <IconArrowUp size={12} />
      </ActionIcon>
      <ActionIcon
        size="xs"
        variant="subtle"
        color="gray"
        aria-label={text.columnDown(name)}
        disabled={place === columns.length - 1}
        onClick={() => onChange(moveColumn(columns, id, columns[place + 1]!))}
      >
        <IconArrowDown size={12} />
      </ActionIcon>
    </Group>
  )
}
