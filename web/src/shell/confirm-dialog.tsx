/** Asks before something is done that others will notice, and for the reason where one is kept. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'

interface ConfirmDialogProps {
  readonly opened: boolean
  readonly title: string
  /** What will come of it. */
  readonly text?: string
  /** What the button says. */
  readonly action: string
  readonly color?: string
  /** Whether somebody may say why. */
  readonly asksReason?: boolean
  /** Gets the reason, '' without one. */
  readonly saving: Pick<UseMutationResult<void, Error, string>, 'mutate' | 'isPending' | 'error'>
  readonly close: () => void
  /** What else there is to choose. */
  readonly children?: ReactNode
  readonly disabled?: boolean
}

export function ConfirmDialog({ opened, title, close, ...form }: ConfirmDialogProps): ReactNode {
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <ConfirmForm {...form} close={close} />
    </Modal>
  )
}

function ConfirmForm(props: Omit<ConfirmDialogProps, 'opened' | 'title'>): ReactNode {
  const { text, action, color, asksReason = false, saving, close, children, disabled = false } = props
  const [reason, setReason] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        saving.mutate(reason.trim())
      }}
    >
      <Stack>
        {text !== undefined && (
          <Text size="sm" className="user-text">
            {text}
          </Text>
        )}
        {children}
        {asksReason && (
          <TextInput
            data-autofocus
            label={strings.app.reason}
            description={strings.app.reasonHint}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
        )}
        {saving.error !== null && (
          <Text size="sm" c="red" role="alert" className="user-text">
            {saving.error.message}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus={!asksReason || undefined} onClick={close}>
            {strings.app.cancel}
          </Button>
          <Button type="submit" loading={saving.isPending} disabled={disabled} {...(color !== undefined && { color })}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
