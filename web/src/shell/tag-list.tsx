/** The tags that people gave a run or a model: add, remove. */
import { Button, Group, Pill, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'
import { TagForm } from './tag-form.tsx'

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
  const remove = useMutation({ mutationFn: async (key: string) => await onChange(key, undefined) })
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
            onRemove={() => remove.mutate(key)}
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
      {remove.error !== null && (
        <Text size="xs" c="red" role="alert" className="user-text">
          {remove.error.message}
        </Text>
      )}
      <TagForm action={text.addTag} onSave={onChange} />
    </Stack>
  )
}

const isMlflows = (key: string): boolean => key.startsWith('mlflow.')
