/** Ctrl-K: to any page, experiment or model by its name. */
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { IconFlask, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { searchExperiments } from '../api/experiments.ts'
import { strings } from '../strings.ts'

export function CommandPalette(): ReactNode {
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const { data: experiments = [] } = useQuery({
    queryKey: ['experiments', 'active'],
    queryFn: async ({ signal }) => await searchExperiments({ stage: 'active' }, signal),
    enabled: isOpen,
  })
  const actions: SpotlightActionData[] = [
    {
      id: 'experiments',
      label: strings.pages.experiments,
      leftSection: <IconFlask size={18} />,
      onClick: () => void navigate({ to: '/experiments' }),
    },
    ...experiments.map(({ experimentId, name }) => ({
      id: `experiment ${experimentId}`,
      label: name,
      description: strings.pages.experiments,
      onClick: () => void navigate({ to: '/experiments/$experimentId', params: { experimentId } }),
    })),
  ]
  return (
    <Spotlight
      actions={actions}
      shortcut={['mod + K', '/']}
      limit={12}
      scrollable
      nothingFound={strings.app.nothingFound}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: strings.app.search }}
      onSpotlightOpen={() => setOpen(true)}
    />
  )
}
