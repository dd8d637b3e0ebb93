/** Ctrl-K: to any page, experiment or model by its name. */
import '@mantine/spotlight/styles.css'
import { Spotlight, spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { IconBox, IconFlask, IconRoute, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { searchExperiments } from '../api/experiments.ts'
import { listModels } from '../api/models.ts'
import { strings } from '../strings.ts'

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
  const actions: SpotlightActionData[] = [
    {
      id: 'experiments',
      label: strings.pages.experiments,
      leftSection: <IconFlask size={18} />,
      onClick: () => void navigate({ to: '/experiments' }),
    },
    {
      id: 'models',
      label: strings.pages.models,
      leftSection: <IconBox size={18} />,
      onClick: () => void navigate({ to: '/models' }),
    },
    {
      id: 'flows',
      label: strings.pages.flows,
      leftSection: <IconRoute size={18} />,
      onClick: () => void navigate({ to: '/flows' }),
    },
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
  ]
  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      limit={12}
      scrollable
      nothingFound={strings.app.nothingFound}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: strings.app.search }}
    />
  )
}
