/** A form made from the signature of a model that takes rows. */
import { Autocomplete, Button, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { ColumnInput, FieldErrors, ModelDescription, Row } from '../api/serving.ts'
import { strings } from '../strings.ts'
import { exampleRow, knownTexts, rowOf, type Texts, textsOf } from './row-values.ts'

const text = strings.playground

interface RowFormProps {
  readonly model: ModelDescription
  readonly inputs: readonly ColumnInput[]
  /** What stands in the fields at first. Default: the first row of the input example. */
  readonly initial: Row | undefined
  readonly errors: FieldErrors
  readonly isAsking: boolean
  readonly onAsk: (row: Row) => void
}

export function RowForm({ model, inputs, initial, errors, isAsking, onAsk }: RowFormProps): ReactNode {
  const [texts, setTexts] = useState<Texts>(() => textsOf(initial ?? exampleRow(model, 0)))
  const [next, setNext] = useState(1)
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        onAsk(rowOf(inputs, texts))
      }}
    >
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          {inputs.map((input) => (
            <Field
              key={input.name}
              input={input}
              known={knownTexts(model, input.name)}
              value={texts[input.name] ?? ''}
              error={errors[input.name]}
              onChange={(value) => setTexts((old) => ({ ...old, [input.name]: value }))}
            />
          ))}
        </SimpleGrid>
        <Group>
          <Button type="submit" loading={isAsking}>
            {text.predict}
          </Button>
          {model.example.data.length > 1 && (
            <Button
              variant="default"
              onClick={() => {
                setTexts(textsOf(exampleRow(model, next)))
                setNext(next + 1)
              }}
            >
              {text.example}
            </Button>
          )}
          <Text size="xs" c="dimmed">
            {text.missing}
          </Text>
        </Group>
      </Stack>
    </form>
  )
}

interface FieldProps {
  readonly input: ColumnInput
  readonly known: readonly string[]
  readonly value: string
  readonly error: string | undefined
  readonly onChange: (value: string) => void
}

function Field({ input: { name, type }, known, value, error, onChange }: FieldProps): ReactNode {
  const common = { label: name, value, error, classNames: { label: 'user-text' } }
  if (type === 'string') {
    return <Autocomplete {...common} description={text.text} data={[...known]} onChange={onChange} />
  }
  return (
    <TextInput
      {...common}
      description={text.number}
      inputMode="decimal"
      autoComplete="off"
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}
