/** The frame of a page that lists things: its title and what acts on the list, then the list or why there is none. */
import { Group, Stack, TextInput, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Waiting } from './failure.tsx'

interface ListPageProps {
  readonly title: string
  /** What filters the list and adds to it. */
  readonly actions: ReactNode
  readonly error: Error | null
  readonly retry: () => unknown
  /** Whether the list has come, if only once. */
  readonly isLoaded: boolean
  readonly children: ReactNode
}

export function ListPage({ title, actions, error, retry, isLoaded, children }: ListPageProps): ReactNode {
  return (
    <Stack h="calc(100dvh - 48px)" gap={0}>
      <Group p="md" gap="sm">
        <Title order={1} size="h3" me="auto">
          {title}
        </Title>
        {actions}
      </Group>
      {!isLoaded && <Waiting error={error} retry={retry} m="xl" />}
      {children}
    </Stack>
  )
}

interface NameFilterProps {
  readonly label: string
  readonly value: string
  /** Undefined for an empty filter. */
  readonly onChange: (name: string | undefined) => void
}

export function NameFilter({ label, value, onChange }: NameFilterProps): ReactNode {
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  )
}
