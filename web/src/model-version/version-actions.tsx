/** Moving a version to a stage, giving it an alias, deleting it: each asks first, and for a reason. */
import { Autocomplete, Button, Checkbox, Group, Select, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { deleteVersion, type ModelVersion, moveStage, setAlias, type Stage, stages } from '../api/models.ts'
import { useModel } from '../models/use-versions.ts'
import { ConfirmDialog } from '../shell/confirm-dialog.tsx'
import { strings } from '../strings.ts'

const text = strings.model
const route = getRouteApi('/models/$name/versions/$version')

interface DialogProps {
  readonly version: ModelVersion
  readonly opened: boolean
  readonly close: () => void
}

const dialogs = [
  { label: text.moveStage, Dialog: StageDialog },
  { label: text.setAlias, Dialog: AliasDialog },
  { label: text.remove, Dialog: RemoveDialog },
] as const

export function VersionActions({ version }: { readonly version: ModelVersion }): ReactNode {
  const [open, setOpen] = useState<string>()
  return (
    <Group gap="xs" ms="auto">
      {dialogs.map(({ label, Dialog }) => (
        <div key={label}>
          <Button size="xs" variant="default" onClick={() => setOpen(label)}>
            {label}
          </Button>
          <Dialog version={version} opened={open === label} close={() => setOpen(undefined)} />
        </div>
      ))}
    </Group>
  )
}

/** What a dialog does with the reason; afterwards everything that is shown of the model is loaded again. */
function useMove({ version, close }: DialogProps, move: (reason: string) => Promise<void>) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: move,
    onSuccess: async () => {
      close()
      await queries.invalidateQueries({ queryKey: ['models'] })
      await queries.invalidateQueries({ queryKey: ['model', version.name] })
    },
  })
}

function StageDialog(props: DialogProps): ReactNode {
  const { name, version, stage: current } = props.version
  const [stage, setStage] = useState<Stage>(current)
  const [archiveExisting, setArchiveExisting] = useState(false)
  const move = useMove(
    props,
    async (reason) => await moveStage(name, version, { stage, archiveExisting: archiveExisting && isUsed, reason }),
  )
  const isUsed = stage === 'Staging' || stage === 'Production'
  return (
    <ConfirmDialog
      opened={props.opened}
      title={text.moveStageTitle(version)}
      text={text.moveStageText}
      action={text.move}
      asksReason
      saving={move}
      close={props.close}
      disabled={stage === current}
    >
      <Select
        label={text.stage}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        value={stage}
        data={stages.map((value) => ({ value, label: strings.models.stage[value] }))}
        onChange={(value) => value !== null && setStage(value)}
      />
      {isUsed && (
        <Checkbox
          label={text.archive(strings.models.stage[stage])}
          checked={archiveExisting}
          onChange={({ currentTarget }) => setArchiveExisting(currentTarget.checked)}
        />
      )}
    </ConfirmDialog>
  )
}

function AliasDialog(props: DialogProps): ReactNode {
  const { name, version } = props.version
  const [alias, setName] = useState('')
  const { data: model } = useModel(name)
  const set = useMove(props, async (reason) => await setAlias(name, alias, version, reason))
  const holder = model?.aliases[alias]
  return (
    <ConfirmDialog
      opened={props.opened}
      title={text.setAliasTitle(version)}
      text={text.setAliasText}
      action={text.set}
      asksReason
      saving={set}
      close={props.close}
      disabled={alias.trim() === '' || holder === version}
    >
      <Autocomplete
        comboboxProps={{ withinPortal: false }}
        label={text.alias}
        value={alias}
        data={Object.keys(model?.aliases ?? {})}
        onChange={setName}
      />
      {holder !== undefined && holder !== version && (
        <Text size="sm" role="status">
          {text.aliasMoves(alias, holder)}
        </Text>
      )}
    </ConfirmDialog>
  )
}

function RemoveDialog(props: DialogProps): ReactNode {
  const { name, version } = props.version
  const navigate = route.useNavigate()
  const remove = useMove(props, async (reason) => {
    await deleteVersion(name, version, reason)
    notifications.show({ message: text.deleted(version) })
    await navigate({ to: '/models/$name', params: { name } })
  })
  return (
    <ConfirmDialog
      opened={props.opened}
      title={text.removeTitle(version)}
      text={text.removeText}
      action={text.remove}
      color="red"
      asksReason
      saving={remove}
      close={props.close}
    />
  )
}
