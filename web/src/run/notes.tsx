/** Notes on a run, in Markdown, where MLflow keeps them. */
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Run, setRunTag } from '../api/runs.ts'
import { MarkdownField } from '../shell/markdown-field.tsx'
import { strings } from '../strings.ts'

const text = strings.run
const noteTag = 'mlflow.note.content'

export function Notes({ run }: { readonly run: Run }): ReactNode {
  const queries = useQueryClient()
  return (
    <MarkdownField
      label={text.notes}
      hint={text.notesHint}
      text={run.tags[noteTag] ?? ''}
      none={text.noNotes}
      onSave={async (content) => {
        await setRunTag(run.runId, noteTag, content)
        await queries.invalidateQueries({ queryKey: ['run', run.runId] })
      }}
    />
  )
}
