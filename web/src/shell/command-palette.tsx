/** Ctrl-K: to any page, experiment, model or model server by its name. */
import '@mantine/spotlight/styles.css'
import { Spotlight, spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { searchExperiments } from '../api/experiments.ts'
import { listModels } from '../api/models.ts'
import { serverTitle, useServers } from '../serving/use-servers.ts'
import { strings } from '../strings.ts'
import { pages } from './pages.ts'

/** @param openings how often it was asked for: each time it opens */
export function CommandPalette({ openings }: { readonly openings: number }): ReactNode {
  const navigate = useNavigate()
  useEffect(() => spotlight.open(), [openings])
  const { data: experiments = [] } = useQuery({
    queryKey: ['experiments', 'active'],
    queryFn: async ({ signal }) => await searchExperiments({ stage: 'active' }, signal),
  })
  const { data: models = [] } = useQuery({
    queryKey: ['models'],
    queryFn: async ({ signal }) => await listModels(signal),
  })
  const { data: servers = [] } = useServers()
  const actions: SpotlightActionData[] = [
    ...pages.map(({ to, label, Icon }) => ({
      id: to,
      label,
      leftSection: <Icon size={18} />,
      onClick: () => void navigate({ to }),
    })),
    ...experiments.map(({ experimentId, name }) => ({
      id: `experiment ${experimentId}`,
      label: name,
      description: strings.pages.experiments,
      onClick: () => void navigate({ to: '/experiments/$experimentId', params: { experimentId } }),
    })),
    ...models.map(({ name }) => ({
      id: `model ${name}`,
      label: name,
      description: strings.pages.models,
      onClick: () => void navigate({ to: '/models/$name', params: { name } }),
    })),
    ...servers.map((server) => ({
      id: `server ${server.id}`,
      label: serverTitle(server),
      description: strings.playground.name,
      onClick: () => void navigate({ to: '/serving/$server', params: { server: server.id } }),
    })),
  ]
  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      limit={12}
      scrollable
      nothingFound={strings.app.nothingFound}
      attributes={{ content: { 'aria-label': strings.app.searchButton } }}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: strings.app.search }}
    />
  )
}
