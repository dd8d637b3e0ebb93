/** Notes on a run, in Markdown, where MLflow keeps them. */
import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { type Run, setRunTag } from '../api/runs.ts'
import { strings } from '../strings.ts'

const text = strings.run
const noteTag = 'mlflow.note.content'
const Markdown = lazy(async () => ({ default: (await import('./previews/markdown-view.tsx')).Markdown }))

export function Notes({ run }: { readonly run: Run }): ReactNode {
  const note = run.tags[noteTag] ?? ''
  const [draft, setDraft] = useState<string>()
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: async (content: string) => await setRunTag(run.runId, noteTag, content),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['run', run.runId] })
      setDraft(undefined)
    },
  })
  if (draft === undefined) {
    return (
      <Stack gap="xs" align="flex-start">
        {note === '' ? (
          <Text size="sm" c="dimmed">
            {text.noNotes}
          </Text>
        ) : (
          <Suspense fallback={<Text size="sm">{note}</Text>}>
            <Markdown text={note} />
          </Suspense>
        )}
        <Button size="compact-xs" variant="default" onClick={() => setDraft(note)}>
          {text.editNotes}
        </Button>
      </Stack>
    )
  }
  return (
    <Stack gap="xs">
      <Textarea
        autosize
        minRows={4}
        aria-label={text.notes}
        description={text.notesHint}
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
