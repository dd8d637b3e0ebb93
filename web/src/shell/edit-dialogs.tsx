/** Makes a thing of a list, gives one another name, or deletes one: experiments and models alike. */
import { notifications } from '@mantine/notifications'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { TextDialog } from './text-dialog.tsx'

/** What is being done to one of the things, or that a new one is made. */
export type Editing<T> = { readonly kind: 'new' } | { readonly kind: 'rename' | 'remove'; readonly of: T }

interface EditDialogsProps<T> {
  readonly editing: Editing<T> | undefined
  readonly close: () => void
  /** Of the list that has changed afterwards. */
  readonly queryKey: QueryKey
  readonly text: {
    readonly name: string
    readonly create: string
    readonly rename: string
    readonly remove: string
    readonly removeTitle: (name: string) => string
    readonly removeText: string
    readonly removed: (name: string) => string
  }
  readonly create: (name: string) => Promise<unknown>
  readonly rename: (thing: T, name: string) => Promise<unknown>
  readonly remove: (thing: T, reason: string) => Promise<unknown>
  /** Whether who deletes may say why. */
  readonly asksReason?: boolean
}

export function EditDialogs<T extends { readonly name: string }>({
  editing,
  close,
  queryKey,
  text,
  create,
  rename,
  remove,
  asksReason = false,
}: EditDialogsProps<T>): ReactNode {
  const queries = useQueryClient()
  const renamed = editing?.kind === 'rename' ? editing.of : undefined
  const removed = editing?.kind === 'remove' ? editing.of : undefined
  const onSuccess = async (): Promise<void> => {
    close()
    await queries.invalidateQueries({ queryKey })
  }
  const saving = useMutation({
    mutationFn: async (name: string) => {
      await (renamed === undefined ? create(name) : rename(renamed, name))
    },
    onSuccess,
  })
  const removing = useMutation({
    mutationFn: async (reason: string) => {
      if (removed === undefined) return
      await remove(removed, reason)
      notifications.show({ message: text.removed(removed.name) })
    },
    onSuccess,
  })
  return (
    <>
      <TextDialog
        opened={editing?.kind === 'new' || renamed !== undefined}
        title={renamed === undefined ? text.create : text.rename}
        label={text.name}
        initial={renamed?.name ?? ''}
        saving={saving}
        close={close}
      />
      <ConfirmDialog
        opened={removed !== undefined}
        title={text.removeTitle(removed?.name ?? '')}
        text={text.removeText}
        action={text.remove}
        color="red"
        asksReason={asksReason}
        saving={removing}
        close={close}
      />
    </>
  )
}
