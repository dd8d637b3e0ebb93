/** The aliases of a version; each can be taken away, with a reason. */
import { Pill } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { deleteAlias, type ModelVersion } from '../api/models.ts'
import { ConfirmDialog } from '../shell/confirm-dialog.tsx'
import { strings } from '../strings.ts'

const text = strings.model

export function Aliases({ version: { name, aliases } }: { readonly version: ModelVersion }): ReactNode {
  const queries = useQueryClient()
  const [removing, setRemoving] = useState<string>()
  const remove = useMutation({
    mutationFn: async (reason: string) => await deleteAlias(name, removing ?? '', reason),
    onSuccess: async () => {
      setRemoving(undefined)
      await queries.invalidateQueries({ queryKey: ['model', name] })
    },
  })
  return (
    <>
      {aliases.map((alias) => (
        <Pill
          key={alias}
          withRemoveButton
          removeButtonProps={{ 'aria-label': text.removeAlias(alias), 'aria-hidden': false, tabIndex: 0 }}
          onRemove={() => setRemoving(alias)}
        >
          @{alias}
        </Pill>
      ))}
      <ConfirmDialog
        opened={removing !== undefined}
        title={text.removeAliasTitle(removing ?? '')}
        text={text.removeAliasText}
        action={text.remove}
        color="red"
        asksReason
        saving={remove}
        close={() => setRemoving(undefined)}
      />
    </>
  )
}
