/** The answer of the same model, run in the browser, held against the server's. */
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { artifactAddress } from '../api/artifacts.ts'
import { versionFileAddress } from '../api/models.ts'
import type { ModelDescription, Row, ServedAnswer, ServedModel, ServedVersion } from '../api/serving.ts'
import { Waiting } from '../shell/failure.tsx'
import { loadFile } from '../shell/load-file.ts'
import { strings } from '../strings.ts'
import { AnswerView } from './answer-view.tsx'
import { largestDifference } from './compare-answers.ts'

const text = strings.playground

interface BrowserAnswerProps {
  readonly model: ModelDescription
  /** All that the server serves. */
  readonly served: readonly ServedModel[]
  readonly asked: Row | File
  /** What the server said. */
  readonly answer: ServedAnswer
}

export function BrowserAnswer({ model, served, asked, answer }: BrowserAnswerProps): ReactNode {
  const address = modelAddress(answer.model, served)
  const { data, error, refetch } = useQuery({
    queryKey: ['answer here', address, asked instanceof File ? [asked.name, asked.size, answer.elapsedMs] : asked],
    queryFn: async () =>
      await (await loadFile(async () => await import('./browser-model.ts'))).scoreHere(address!, model, asked),
    enabled: address !== undefined,
    retry: false,
  })
  if (address === undefined) return <Text size="sm">{text.noFile}</Text>
  if (data === undefined) return <Waiting error={error} retry={refetch} size="sm" />
  const same = data.prediction === answer.prediction || model.task === 'regression'
  return (
    <Stack gap="sm">
      <AnswerView answer={data} />
      <Text size="sm">
        {same ? text.sameLabel : text.otherLabel}{' '}
        {text.difference(String(Number(largestDifference(answer, data).toPrecision(2))))}
      </Text>
      {asked instanceof File && (
        <Text size="xs" c="dimmed">
          {text.scaled}
        </Text>
      )}
    </Stack>
  )
}

/** Where this server has the file of the model; undefined for a folder of the model server. */
function modelAddress({ name, version }: ServedVersion, served: readonly ServedModel[]): string | undefined {
  if (version !== null) return versionFileAddress({ name, version }, 'model.onnx')
  const { uri = '' } = served.find((one) => one.name === name && one.version === null) ?? {}
  const [, runId, path] = /^runs:\/([^/]+)\/(.+)$/.exec(uri) ?? []
  return runId === undefined ? undefined : artifactAddress(runId, `${path}/model.onnx`)
}
