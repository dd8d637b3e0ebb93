/** All registered models: find one, make one, rename and delete. */
import { ActionIcon, Button, Group } from '@mantine/core'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo, useState } from 'react'
import { createModel, deleteModel, listModels, type RegisteredModel, renameModel } from '../api/models.ts'
import { ActionMenu } from '../shell/action-menu.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { type Editing, EditDialogs } from '../shell/edit-dialogs.tsx'
import { EmptyState } from '../shell/failure.tsx'
import { ListPage, NameFilter, useNamed } from '../shell/list-page.tsx'
import { TagBadges } from '../shell/tag-badges.tsx'
import { strings } from '../strings.ts'
import { type DataColumn, DataTable } from '../table/data-table.tsx'
import { newestVersion } from './champion.ts'
import { AliasBadges, StageBadge } from './version-marks.tsx'

const text = strings.models
const route = getRouteApi('/models')

export function ModelsPage(): ReactNode {
  const { name = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const [editing, setEditing] = useState<Editing<RegisteredModel>>()
  const { data, error, refetch } = useQuery({
    queryKey: ['models'],
    queryFn: async ({ signal }) => await listModels(signal),
    refetchInterval: 10_000,
  })
  const shown = useNamed(data, name)
  const columns = useMemo(() => modelColumns(setEditing), [])
  return (
    <ListPage
      title={strings.pages.models}
      error={error}
      retry={refetch}
      isLoaded={data !== undefined}
      actions={
        <>
          <NameFilter
            label={text.filter}
            value={name}
            onChange={(next) => void navigate({ search: { name: next }, replace: true })}
          />
          <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setEditing({ kind: 'new' })}>
            {text.create}
          </Button>
        </>
      }
    >
      {data?.length === 0 && <EmptyState title={text.emptyTitle} text={text.emptyText} command={text.emptyCommand} />}
      {data !== undefined && data.length > 0 && shown.length === 0 && <EmptyState title={text.noneMatch} />}
      {shown.length > 0 && (
        <DataTable
          label={strings.pages.models}
          columns={columns}
          rows={shown}
          rowId={({ name }) => name}
          rowName={({ name }) => name}
        />
      )}
      <EditDialogs
        editing={editing}
        close={() => setEditing(undefined)}
        queryKey={['models']}
        text={text}
        create={createModel}
        rename={async (model, newName) => await renameModel(model.name, newName)}
        remove={async (model, reason) => await deleteModel(model.name, reason)}
        asksReason
      />
    </ListPage>
  )
}

function modelColumns(edit: (editing: Editing<RegisteredModel>) => void): readonly DataColumn<RegisteredModel>[] {
  return [
    {
      id: 'name',
      header: text.name,
      width: 300,
      cell: ({ name }) => (
        <AnchorLink to="/models/$name" params={{ name }} title={name}>
          {name}
        </AnchorLink>
      ),
    },
    {
      id: 'latest',
      header: text.latest,
      width: 120,
      align: 'end',
      cell: ({ latestVersions }) => newestVersion(latestVersions),
    },
    { id: 'stages', header: text.stages, width: 240, cell: (model) => <Stages model={model} /> },
    {
      id: 'aliases',
      header: text.aliases,
      width: 240,
      cell: ({ aliases }) => (
        <AliasBadges names={Object.entries(aliases).map(([alias, version]) => `@${alias}: ${version}`)} />
      ),
    },
    { id: 'updated', header: text.updated, width: 130, cell: ({ lastUpdatedTime }) => <Age time={lastUpdatedTime} /> },
    { id: 'tags', header: text.tags, width: 240, cell: ({ tags }) => <TagBadges tags={tags} /> },
    { id: 'actions', header: strings.app.actions, width: 80, cell: (model) => <ModelMenu model={model} edit={edit} /> },
  ]
}

function Stages({ model }: { readonly model: RegisteredModel }): ReactNode {
  return (
    <Group gap={4} wrap="nowrap">
      {model.latestVersions
        .filter(({ stage }) => stage !== 'None')
        .map(({ stage, version }) => (
          <StageBadge key={stage} stage={stage} version={version} />
        ))}
    </Group>
  )
}

function ModelMenu({
  model,
  edit,
}: {
  readonly model: RegisteredModel
  readonly edit: (editing: Editing<RegisteredModel>) => void
}): ReactNode {
  return (
    <ActionMenu
      actions={[
        { label: text.rename, act: () => edit({ kind: 'rename', of: model }) },
        { label: text.remove, act: () => edit({ kind: 'remove', of: model }) },
      ]}
    >
      {(ref) => (
        <ActionIcon ref={ref} variant="subtle" color="gray" aria-label={text.actions(model.name)}>
          <IconDots size={16} />
        </ActionIcon>
      )}
    </ActionMenu>
  )
}
