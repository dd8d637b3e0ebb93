/** A text in Markdown that can be changed in its place. */
import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { lazyPart } from './lazy-part.tsx'
import { strings } from '../strings.ts'

const Markdown = lazyPart(async () => (await import('./markdown.tsx')).Markdown, {
  waiting: ({ text }) => <Text size="sm">{text}</Text>,
})

interface MarkdownFieldProps {
  readonly label: string
  readonly hint: string
  readonly text: string
  /** What stands where there is no text. */
  readonly none: string
  readonly onSave: (text: string) => Promise<unknown>
}

export function MarkdownField({ label, hint, text, none, onSave }: MarkdownFieldProps): ReactNode {
  const [draft, setDraft] = useState<string>()
  const [wasEdited, setWasEdited] = useState(false)
  const save = useMutation({ mutationFn: onSave, onSuccess: () => setDraft(undefined) })
  if (draft === undefined) {
    return (
      <Stack gap="xs" align="flex-start">
        {text === '' ? (
          <Text size="sm" c="dimmed">
            {none}
          </Text>
        ) : (
          <Markdown text={text} />
        )}
        <Button
          size="compact-xs"
          variant="default"
          aria-label={strings.app.editOf(label)}
          autoFocus={wasEdited}
          onClick={() => {
            setWasEdited(true)
            setDraft(text)
          }}
        >
          {strings.app.edit}
        </Button>
      </Stack>
    )
  }
  return (
    <Stack gap="xs">
      <Textarea
        autosize
        autoFocus
        minRows={4}
        aria-label={label}
        description={hint}
        error={save.error?.message}
        value={draft}
        onChange={({ currentTarget }) => setDraft(currentTarget.value)}
      />
      <Group gap="xs" justify="flex-end">
        <Button size="compact-xs" variant="default" onClick={() => setDraft(undefined)}>
          {strings.app.cancel}
        </Button>
        <Button size="compact-xs" loading={save.isPending} onClick={() => save.mutate(draft)}>
          {strings.app.save}
        </Button>
      </Group>
    </Stack>
  )
}
