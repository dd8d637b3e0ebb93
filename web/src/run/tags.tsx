/** The tags that people gave a run: add, remove. */
import { Button, Group, Pill, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { deleteRunTag, type Run, setRunTag } from '../api/runs.ts'
import { strings } from '../strings.ts'

const text = strings.run

export function Tags({ run }: { readonly run: Run }): ReactNode {
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: async ({ key, value }: { readonly key: string; readonly value: string | undefined }) =>
      await (value === undefined ? deleteRunTag(run.runId, key) : setRunTag(run.runId, key, value)),
    onSuccess: async () => await queries.invalidateQueries({ queryKey: ['run', run.runId] }),
  })
  const tags = Object.entries(run.tags).filter(([key]) => !key.startsWith('mlflow.'))
  return (
    <Stack gap="xs">
      {tags.length === 0 && (
        <Text size="sm" c="dimmed">
          {text.noTags}
        </Text>
      )}
      <Group gap={6}>
        {tags.map(([key, value]) => (
          <Pill
            key={key}
            size="sm"
            maw="100%"
            title={`${key}: ${value}`}
            withRemoveButton
            removeButtonProps={{ 'aria-label': text.removeTag(key), 'aria-hidden': false, tabIndex: 0 }}
            onRemove={() => change.mutate({ key, value: undefined })}
          >
            {key}: {value}
          </Pill>
        ))}
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
        <Button size="xs" type="submit" variant="default" loading={saving} disabled={key.trim() === ''}>
          {text.addTag}
        </Button>
      </Group>
    </form>
  )
}
