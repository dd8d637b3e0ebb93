/** What can be done with many runs at once. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { LifecycleStage } from '../api/experiments.ts'
import { deleteRun, restoreRun, type Run, setRunTag } from '../api/runs.ts'
import { ConfirmDialog } from '../shell/confirm-dialog.tsx'
import { TagForm } from '../shell/tag-form.tsx'
import { strings } from '../strings.ts'
import { runsCsv, saveFile } from './runs-csv.ts'

const text = strings.runs

interface BulkActionsProps {
  readonly runs: readonly Run[]
  readonly stage: LifecycleStage
  readonly columns: readonly string[]
  /** Called when the runs are no longer what they were. */
  readonly onDone: () => void
}

/** Requests under way at once. */
const width = 6

export function BulkActions({ runs, stage, columns, onDone }: BulkActionsProps): ReactNode {
  const [dialog, setDialog] = useState<'tag' | 'remove'>()
  const change = useChange(runs, () => {
    setDialog(undefined)
    onDone()
  })
  const navigate = useNavigate()
  const compare = (): void => {
    const experiments = [...new Set(runs.map(({ experimentId }) => experimentId))]
    void navigate({ to: '/compare-runs', search: { runs: runs.map(({ runId }) => runId), experiments } })
  }
  const isActive = stage === 'active'
  const names = runs.map(({ name }) => name)
  return (
    <Group gap={6}>
      <Text size="xs">{text.selected(runs.length)}</Text>
      <Small onClick={compare}>{text.compare}</Small>
      {isActive && (
        <>
          <Small onClick={() => setDialog('tag')}>{text.tag}</Small>
          <Small onClick={() => change.mutate({ done: text.done.archive, each: archive })}>{text.archive}</Small>
          <Small onClick={() => setDialog('remove')}>{text.remove}</Small>
        </>
      )}
      {!isActive && (
        <Small onClick={() => change.mutate({ done: text.done.restore, each: restoreRun })}>{text.restore}</Small>
      )}
      <Small onClick={() => saveFile('runs.csv', runsCsv(runs, columns), 'text/csv')}>{text.csv}</Small>
      <Modal opened={dialog === 'tag'} onClose={() => setDialog(undefined)} title={text.tagTitle(runs.length)}>
        <TagForm
          action={strings.app.save}
          onSave={async (key, value) =>
            await change.mutateAsync({ done: text.done.tag, each: async (runId) => await setRunTag(runId, key, value) })
          }
        />
      </Modal>
      <ConfirmDialog
        opened={dialog === 'remove'}
        title={text.removeTitle(names)}
        text={text.removeText(names)}
        action={text.remove}
        color="red"
        saving={{ ...change, mutate: () => change.mutate({ done: text.done.remove, each: deleteRun }) }}
        close={() => setDialog(undefined)}
      />
    </Group>
  )
}

function Small(props: { readonly onClick: () => void; readonly children: string }): ReactNode {
  return <Button size="compact-xs" variant="default" {...props} />
}

const archive = async (runId: string): Promise<void> => await setRunTag(runId, 'millrace.archived', 'true')

interface Change {
  readonly done: (count: number) => string
  readonly each: (runId: string) => Promise<void>
}

function useChange(runs: readonly Run[], onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ each }: Change) => {
      for (let start = 0; start < runs.length; start += width) {
        await Promise.all(runs.slice(start, start + width).map(async ({ runId }) => await each(runId)))
      }
    },
    onSuccess: (_, { done }) => {
      notifications.show({ message: done(runs.length) })
      onDone()
    },
    onError: ({ message }) => notifications.show({ message, color: 'red' }),
    // What was done before a failure shows too.
    onSettled: async () => await queries.invalidateQueries({ queryKey: ['runs'] }),
  })
}
