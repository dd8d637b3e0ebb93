/** The frame of a page that lists things: its title and what acts on the list, then the list or why there is none. */
import { Group, Stack, TextInput } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { Waiting } from './failure.tsx'
import { PageTitle } from './page-title.tsx'

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
        <PageTitle name={title} me="auto" />
        {actions}
      </Group>
      {!isLoaded && <Waiting error={error} retry={retry} m="md" />}
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

/** Those of `things` that have `name` in their name, in large or small letters; none while there is no list. */
export function useNamed<T extends { readonly name: string }>(
  things: readonly T[] | undefined,
  name: string,
): readonly T[] {
  return useMemo(
    () => things?.filter((thing) => thing.name.toLowerCase().includes(name.toLowerCase())) ?? [],
    [things, name],
  )
}
