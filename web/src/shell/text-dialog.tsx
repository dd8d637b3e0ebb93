/** Asks for one line of text and saves it. */
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'

interface TextDialogProps {
  readonly opened: boolean
  readonly title: string
  readonly label: string
  readonly initial: string
  readonly saving: UseMutationResult<void, Error, string>
  readonly close: () => void
}

export function TextDialog({ opened, title, close, ...form }: TextDialogProps): ReactNode {
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <TextForm {...form} close={close} />
    </Modal>
  )
}

function TextForm({ label, initial, saving, close }: Omit<TextDialogProps, 'opened' | 'title'>): ReactNode {
  const [value, setValue] = useState(initial)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        saving.mutate(value)
      }}
    >
      <Stack>
        <TextInput
          data-autofocus
          label={label}
          value={value}
          error={saving.error?.message}
          onChange={({ currentTarget }) => setValue(currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {strings.app.cancel}
          </Button>
          <Button type="submit" loading={saving.isPending} disabled={value.trim() === ''}>
            {strings.app.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
