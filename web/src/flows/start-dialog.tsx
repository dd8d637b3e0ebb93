/** Asks for the parameters of a flow, by a form made from their schema, and starts a run. */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Loader,
  Modal,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type FlowProgram, getProgram, type ParameterSchema, startRun } from '../api/flows.ts'
import { Failure } from '../shell/failure.tsx'
import { strings } from '../strings.ts'
import { initialTexts, kindOf, parameterValues } from './parameter-form.ts'

const text = strings.flows

interface StartDialogProps {
  /** The program; undefined while none is to be started. */
  readonly file: string | undefined
  readonly close: () => void
}

export function StartDialog({ file, close }: StartDialogProps): ReactNode {
  return (
    <Modal opened={file !== undefined} onClose={close} title={file === undefined ? text.start : text.startOf(file)}>
      {file !== undefined && <Program file={file} close={close} />}
    </Modal>
  )
}

function Program({ file, close }: { readonly file: string; readonly close: () => void }): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['program', file],
    queryFn: async ({ signal }) => await getProgram(file, signal),
    // The file may have been edited since.
    gcTime: 0,
  })
  return (
    <>
      {error !== null && <Failure error={error} retry={refetch} />}
      {data === undefined && error === null && <Loader aria-label={strings.app.loading} />}
      {data !== undefined && <StartForm key={file} file={file} program={data} close={close} />}
    </>
  )
}

interface StartFormProps {
  readonly file: string
  readonly program: FlowProgram
  readonly close: () => void
}

function StartForm({ file, program, close }: StartFormProps): ReactNode {
  const { properties, required } = program.parameters
  const [texts, setTexts] = useState(() => initialTexts(properties))
  const queries = useQueryClient()
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: async () => await startRun(file, parameterValues(properties, texts)),
    onSuccess: async ({ flow, runId }) => {
      await queries.invalidateQueries({ queryKey: ['flow runs'] })
      await navigate({ to: '/flows/$flow/$run', params: { flow, run: runId } })
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        start.mutate()
      }}
    >
      <Stack>
        {program.description !== '' && (
          <Text size="sm" className="user-text">
            {program.description}
          </Text>
        )}
        {Object.entries(properties).map(([name, schema]) => (
          <Field
            key={name}
            name={name}
            schema={schema}
            required={required.includes(name)}
            value={texts[name] ?? ''}
            onChange={(value) => setTexts((old) => ({ ...old, [name]: value }))}
          />
        ))}
        {start.error !== null && (
          <Alert color="red" role="alert" className="user-text">
            {start.error.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {strings.app.cancel}
          </Button>
          <Button type="submit" loading={start.isPending}>
            {text.start}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface FieldProps {
  readonly name: string
  readonly schema: ParameterSchema
  readonly required: boolean
  /** As text; '' leaves it to the default. */
  readonly value: string
  readonly onChange: (value: string) => void
}

function Field({ name, schema, required, value, onChange }: FieldProps): ReactNode {
  const kind = kindOf(schema)
  const common = { label: name, description: schema.description || undefined, required, withAsterisk: required }
  switch (kind) {
    case 'truth':
      return (
        <Checkbox
          label={name}
          description={common.description}
          checked={value === 'true'}
          onChange={({ currentTarget }) => onChange(String(currentTarget.checked))}
        />
      )
    case 'choice':
      return (
        <Select
          {...common}
          data={schema.enum?.map(String) ?? []}
          value={value === '' ? null : value}
          clearable={!required}
          onChange={(chosen) => onChange(chosen ?? '')}
        />
      )
    case 'number':
      return (
        <NumberInput
          {...common}
          value={value}
          allowDecimal={schema.type !== 'integer'}
          {...(schema.minimum !== undefined && { min: schema.minimum })}
          {...(schema.maximum !== undefined && { max: schema.maximum })}
          onChange={(changed) => onChange(String(changed))}
        />
      )
    case 'text':
    case 'json':
      return (
        <TextInput
          {...common}
          value={value}
          {...(kind === 'json' && { placeholder: text.json, ff: 'monospace' })}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )
  }
}
