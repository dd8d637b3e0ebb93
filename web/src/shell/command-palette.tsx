/** Ctrl-K: to any page, experiment, model or model server by its name. */
import { getDefaultZIndex, Modal, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { searchExperiments } from '../api/experiments.ts'
import { listModels } from '../api/models.ts'
import { serverTitle, useServers } from '../serving/use-servers.ts'
import { strings } from '../strings.ts'
import classes from './command-palette.module.css'
import { pages } from './pages.ts'

const text = strings.app

/** More do not fit: who looks for one of them types more of its name. */
const limit = 12

/** @param openings how often it was asked for: each time it opens */
export function CommandPalette({ openings }: { readonly openings: number }): ReactNode {
  // A dialog that is open from the start does not know where to give the focus back to.
  const [opened, setOpened] = useState(false)
  useEffect(() => setOpened(true), [openings])
  const close = (): void => setOpened(false)
  return (
    <Modal
      opened={opened}
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={600}
      yOffset={80}
      zIndex={getDefaultZIndex('max')}
      attributes={{ content: { 'aria-label': text.searchButton } }}
    >
      <Palette close={close} />
    </Modal>
  )
}

/** A combobox: the field keeps the focus, and tells which entry the arrows have chosen. */
function Palette({ close }: { readonly close: () => void }): ReactNode {
  const [words, setWords] = useState('')
  const [chosen, setChosen] = useState(0)
  const listId = useId()
  const places = usePlaces()
    .filter(({ label, kind = '' }) => `${label} ${kind}`.toLowerCase().includes(words.trim().toLowerCase()))
    .slice(0, limit)
  const current = places[chosen] ?? places[0]
  const goTo = (place: Place): void => {
    close()
    place.go()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = steps[event.key]
    if (current === undefined || event.nativeEvent.isComposing || (step === undefined && event.key !== 'Enter')) return
    event.preventDefault()
    if (step === undefined) goTo(current)
    else setChosen((places.indexOf(current) + step + places.length) % places.length)
  }
  return (
    <>
      <TextInput
        data-autofocus
        size="lg"
        leftSection={<IconSearch size={18} />}
        role="combobox"
        aria-expanded={places.length > 0}
        aria-controls={listId}
        aria-activedescendant={current === undefined ? undefined : `${listId}-${places.indexOf(current)}`}
        aria-label={text.search}
        placeholder={text.search}
        value={words}
        onChange={({ currentTarget }) => {
          setWords(currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={listId} role="listbox" aria-label={text.searchButton} className={classes['list']}>
        {places.map((place, index) => (
          <Entry
            key={place.id}
            id={`${listId}-${index}`}
            place={place}
            isChosen={place === current}
            onClick={() => goTo(place)}
          />
        ))}
      </ul>
      {places.length === 0 && (
        <Text size="sm" p="md" c="dimmed" role="status">
          {text.nothingFound}
        </Text>
      )}
    </>
  )
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

interface EntryProps {
  readonly id: string
  readonly place: Place
  readonly isChosen: boolean
  readonly onClick: () => void
}

function Entry({ id, place: { label, kind, icon }, isChosen, onClick }: EntryProps): ReactNode {
  const element = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isChosen) element.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    <li ref={element} id={id} role="option" aria-selected={isChosen} className={classes['entry']} onClick={onClick}>
      {icon}
      <div>
        <Text size="sm" className="user-text">
          {label}
        </Text>
        {kind !== undefined && (
          <Text size="xs" c="dimmed">
            {kind}
          </Text>
        )}
      </div>
    </li>
  )
}

/** Where the palette leads. */
interface Place {
  readonly id: string
  readonly label: string
  readonly kind?: string
  readonly icon?: ReactNode
  readonly go: () => void
}

function usePlaces(): readonly Place[] {
  const navigate = useNavigate()
  const { data: experiments = [] } = useQuery({
    queryKey: ['experiments', 'active'],
    queryFn: async ({ signal }) => await searchExperiments({ stage: 'active' }, signal),
  })
  const { data: models = [] } = useQuery({
    queryKey: ['models'],
    queryFn: async ({ signal }) => await listModels(signal),
  })
  const { data: servers = [] } = useServers()
  return [
    ...pages.map(({ to, label, Icon }) => ({
      id: to,
      label,
      icon: <Icon size={18} />,
      go: () => void navigate({ to }),
    })),
    ...experiments.map(({ experimentId, name }) => ({
      id: `experiment ${experimentId}`,
      label: name,
      kind: strings.pages.experiments,
      go: () => void navigate({ to: '/experiments/$experimentId', params: { experimentId } }),
    })),
    ...models.map(({ name }) => ({
      id: `model ${name}`,
      label: name,
      kind: strings.pages.models,
      go: () => void navigate({ to: '/models/$name', params: { name } }),
    })),
    ...servers.map((server) => ({
      id: `server ${server.id}`,
      label: serverTitle(server),
      kind: strings.playground.name,
      go: () => void navigate({ to: '/serving/$server', params: { server: server.id } }),
    })),
  ]
}
