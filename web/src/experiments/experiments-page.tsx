/** All experiments: find one, make one, rename, delete and restore. */
import { ActionIcon, Button, SegmentedControl } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo, useState } from 'react'
import { z } from 'zod'
import {
  createExperiment,
  deleteExperiment,
  type Experiment,
  renameExperiment,
  restoreExperiment,
  searchExperiments,
} from '../api/experiments.ts'
import { ActionMenu } from '../shell/action-menu.tsx'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { type Editing, EditDialogs } from '../shell/edit-dialogs.tsx'
import { EmptyState } from '../shell/failure.tsx'
import { ListPage, NameFilter, useNamed } from '../shell/list-page.tsx'
import { TagBadges } from '../shell/tag-badges.tsx'
import { strings } from '../strings.ts'
import { type DataColumn, DataTable } from '../table/data-table.tsx'

const text = strings.experiments

export const experimentsSearch = z.object({
  name: z.string().optional().catch(undefined),
  stage: z.enum(['active', 'deleted']).optional().catch(undefined),
})

const route = getRouteApi('/experiments')

export function ExperimentsPage(): ReactNode {
  const { name = '', stage = 'active' } = route.useSearch()
  const navigate = route.useNavigate()
  const [editing, setEditing] = useState<Editing<Experiment>>()
  const { data, error, refetch } = useQuery({
    queryKey: ['experiments', stage],
    queryFn: async ({ signal }) => await searchExperiments({ stage }, signal),
    refetchInterval: 10_000,
  })
  const shown = useNamed(data, name)
  const columns = useMemo(() => experimentColumns(setEditing), [])

  return (
    <ListPage
      title={strings.pages.experiments}
      error={error}
      retry={refetch}
      isLoaded={data !== undefined}
      actions={
        <>
          <NameFilter
            label={text.filter}
            value={name}
            onChange={(next) => void navigate({ search: (old) => ({ ...old, name: next }), replace: true })}
          />
          <SegmentedControl
            size="xs"
            value={stage}
            data={[
              { value: 'active', label: text.active },
              { value: 'deleted', label: text.deleted },
            ]}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, stage: value === 'deleted' ? 'deleted' : undefined }) })
            }
          />
          <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setEditing({ kind: 'new' })}>
            {text.create}
          </Button>
        </>
      }
    >
      {data !== undefined && shown.length === 0 && (
        <NoExperiments deleted={stage === 'deleted'} filtered={name !== ''} />
      )}
      {shown.length > 0 && (
        <DataTable
          label={strings.pages.experiments}
          columns={columns}
          rows={shown}
          rowId={({ experimentId }) => experimentId}
          rowName={({ name }) => name}
        />
      )}
      <EditDialogs
        editing={editing}
        close={() => setEditing(undefined)}
        queryKey={['experiments']}
        text={text}
        create={createExperiment}
        rename={async ({ experimentId }, newName) => await renameExperiment(experimentId, newName)}
        remove={async ({ experimentId }) => await deleteExperiment(experimentId)}
      />
    </ListPage>
  )
}

function NoExperiments({ deleted, filtered }: { readonly deleted: boolean; readonly filtered: boolean }): ReactNode {
  if (filtered) return <EmptyState title={text.noneMatch} />
  if (deleted) return <EmptyState title={text.noneDeleted} />
  return <EmptyState title={text.emptyTitle} text={text.emptyText} command={text.emptyCommand} />
}

function experimentColumns(edit: (editing: Editing<Experiment>) => void): readonly DataColumn<Experiment>[] {
  return [
    {
      id: 'name',
      header: text.name,
      width: 360,
      cell: ({ experimentId, name }) => (
        <AnchorLink to="/experiments/$experimentId" params={{ experimentId }} title={name}>
          {name}
        </AnchorLink>
      ),
    },
    { id: 'created', header: text.created, width: 140, cell: ({ creationTime }) => <Age time={creationTime} /> },
    { id: 'updated', header: text.updated, width: 140, cell: ({ lastUpdateTime }) => <Age time={lastUpdateTime} /> },
    { id: 'tags', header: text.tags, width: 320, cell: ({ tags }) => <TagBadges tags={tags} /> },
    {
      id: 'actions',
      header: strings.app.actions,
      width: 80,
      cell: (experiment) => <ExperimentMenu experiment={experiment} edit={edit} />,
    },
  ]
}

function ExperimentMenu({
  experiment,
  edit,
}: {
  readonly experiment: Experiment
  readonly edit: (editing: Editing<Experiment>) => void
}): ReactNode {
  const queries = useQueryClient()
  const { experimentId, name, lifecycleStage } = experiment
  const restore = useMutation({
    mutationFn: async () => await restoreExperiment(experimentId),
    onSuccess: async () => {
      notifications.show({ message: text.restored(name) })
      await queries.invalidateQueries({ queryKey: ['experiments'] })
    },
    onError: ({ message }) => notifications.show({ message, color: 'red' }),
  })
  return (
    <ActionMenu
      actions={
        lifecycleStage === 'active'
          ? [
              { label: text.rename, act: () => edit({ kind: 'rename', of: experiment }) },
              { label: text.remove, act: () => edit({ kind: 'remove', of: experiment }) },
            ]
          : [{ label: text.restore, act: () => restore.mutate() }]
      }
    >
      {(ref) => (
        <ActionIcon ref={ref} variant="subtle" color="gray" aria-label={text.open(name)}>
          <IconDots size={16} />
        </ActionIcon>
      )}
    </ActionMenu>
  )
}
