/** The filter of a search in MLflow's grammar: its keys complete, and what is wrong is marked where it is. */
import { Autocomplete, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { strings } from '../strings.ts'
import { complete, wordAt } from './complete-filter.ts'

interface FilterInputProps {
  /** The filter that holds now. */
  readonly value: string
  /** What can be asked for, as it stands in a filter. */
  readonly keys: readonly string[]
  /** What the server said against the filter. */
  readonly error: string | undefined
  readonly onApply: (filter: string) => void
}

export function FilterInput({ value, keys, error, onApply }: FilterInputProps): ReactNode {
  const [draft, setDraft] = useState<string>()
  const shown = draft ?? value
  const options = complete(shown, keys)
  return (
    <Autocomplete
      flex={1}
      miw={260}
      size="xs"
      ff="monospace"
      aria-label={strings.runs.filter}
      placeholder={strings.runs.filterHint}
      description={draft === undefined ? undefined : strings.runs.filterHelp}
      inputWrapperOrder={['input', 'error', 'description']}
      value={shown}
      data={options}
      // The list holds what completes the last word; what was written before it stays.
      filter={({ options: all }) => all}
      onChange={(next) => setDraft(options.includes(next) ? wordAt(shown).before + next : next)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setDraft(undefined)
        if (event.key !== 'Enter' || event.defaultPrevented) return
        onApply(shown.trim())
        setDraft(undefined)
      }}
      error={error === undefined ? undefined : <FilterError filter={value} message={error} />}
    />
  )
}

/** The server names the character; a mark below the text shows it. */
function FilterError({ filter, message }: { readonly filter: string; readonly message: string }): ReactNode {
  const match = /^(.*) \(at character (\d+) of: /s.exec(message)
  if (match === null) return message
  const place = Number(match[2]) - 1
  return (
    <>
      <Text component="span" display="block" ff="monospace" size="xs" style={{ whiteSpace: 'pre-wrap' }}>
        {filter.slice(0, place)}
        <mark>{filter.slice(place, place + 1) || ' '}</mark>
        {filter.slice(place + 1)}
      </Text>
      {match[1]}
    </>
  )
}
