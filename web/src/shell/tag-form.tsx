/** Asks for a tag: its key and its value. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'

const text = strings.runs

interface TagFormProps {
  /** What the button says. */
  readonly action: string
  readonly onSave: (key: string, value: string) => Promise<unknown>
}

/** What was typed stays until it is saved. */
export function TagForm({ action, onSave }: TagFormProps): ReactNode {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const save = useMutation({
    mutationFn: async () => await onSave(key.trim(), value),
    onSuccess: () => {
      setKey('')
      setValue('')
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="xs" maw={480}>
        <Group gap="xs" wrap="nowrap">
          <TextInput
            size="xs"
            flex={1}
            data-autofocus
            aria-label={text.tagKey}
            placeholder={text.tagKey}
            value={key}
            onChange={({ currentTarget }) => setKey(currentTarget.value)}
          />
          <TextInput
            size="xs"
            flex={1}
            aria-label={text.tagValue}
            placeholder={text.tagValue}
            value={value}
            onChange={({ currentTarget }) => setValue(currentTarget.value)}
          />
          <Button
            size="xs"
            flex="none"
            type="submit"
            variant="default"
            loading={save.isPending}
            disabled={key.trim() === ''}
          >
            {action}
          </Button>
        </Group>
        {save.error !== null && (
          <Text size="xs" c="red" role="alert" className="user-text">
            {save.error.message}
          </Text>
        )}
      </Stack>
    </form>
  )
}
