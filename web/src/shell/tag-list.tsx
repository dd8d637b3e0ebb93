/** The tags that people gave a run or a model: add, remove. */
import { Button, Group, Pill, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'

const text = strings.run
const pageSize = 50

interface TagListProps {
  readonly tags: Readonly<Record<string, string>>
  /** Whether a tag is the program's own and not shown. */
  readonly isHidden?: (key: string) => boolean
  /** Sets a tag, or removes it where the value is undefined. */
  readonly onChange: (key: string, value: string | undefined) => Promise<unknown>
}

export function TagList({ tags, isHidden = isMlflows, onChange }: TagListProps): ReactNode {
  const change = useMutation({
    mutationFn: async ({ key, value }: { readonly key: string; readonly value: string | undefined }) =>
      await onChange(key, value),
  })
  const [limit, setLimit] = useState(pageSize)
  const known = Object.entries(tags).filter(([key]) => !isHidden(key))
  const shown = known.slice(0, limit)
  return (
    <Stack gap="xs">
      {shown.length === 0 && (
        <Text size="sm" c="dimmed">
          {text.noTags}
        </Text>
      )}
      <Group gap={6}>
        {shown.map(([key, value]) => (
          <Pill
            key={key}
            size="sm"
            maw="100%"
            title={`${key}: ${value}`}
            withRemoveButton
            removeButtonProps={{ 'aria-label': text.removeTag(key), 'aria-hidden': false, tabIndex: 0 }}
            onRemove={() => change.mutate({ key, value: undefined })}
          >
            {key}: {value.slice(0, 500)}
          </Pill>
        ))}
        {known.length > limit && (
          <Button size="compact-xs" variant="default" onClick={() => setLimit(limit + 10 * pageSize)}>
            {strings.charts.more(known.length - limit)}
          </Button>
        )}
      </Group>
      <AddTag saving={change.isPending} onAdd={(key, value) => change.mutate({ key, value })} />
      {change.error !== null && (
        <Text size="xs" c="red" role="alert">
          {change.error.message}
        </Text>
      )}
    </Stack>
  )
}

const isMlflows = (key: string): boolean => key.startsWith('mlflow.')

interface AddTagProps {
  readonly saving: boolean
  readonly onAdd: (key: string, value: string) => void
}

function AddTag({ saving, onAdd }: AddTagProps): ReactNode {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onAdd(key.trim(), value)
        setKey('')
        setValue('')
      }}
    >
      <Group gap="xs" wrap="nowrap">
        <TextInput
          size="xs"
          aria-label={strings.runs.tagKey}
          placeholder={strings.runs.tagKey}
          value={key}
          onChange={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <TextInput
          size="xs"
          aria-label={strings.runs.tagValue}
          placeholder={strings.runs.tagValue}
          value={value}
          onChange={({ currentTarget }) => setValue(currentTarget.value)}
        />
        <Button size="xs" flex="none" type="submit" variant="default" loading={saving} disabled={key.trim() === ''}>
          {text.addTag}
        </Button>
      </Group>
    </form>
  )
}
