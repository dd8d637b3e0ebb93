/** Tries a served model: a form made from its signature, or an image; the server's answer, and the browser's own. */
import { Breadcrumbs, Checkbox, Grid, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import {
  type ColumnInput,
  getServer,
  type ModelDescription,
  type ModelServer,
  predict,
  RefusedRow,
  type Row,
  type ServedAnswer,
} from '../api/serving.ts'
import { ServerMark } from '../serving/server-mark.tsx'
import { VersionLink } from '../serving/served-models.tsx'
import { lookEveryMs, versionTitle } from '../serving/use-servers.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { EmptyState, Failure, PageWaiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { Section } from '../shell/section.tsx'
import { strings } from '../strings.ts'
import { AnswerView } from './answer-view.tsx'
import { BrowserAnswer } from './browser-answer.tsx'
import { ImageInput } from './image-input.tsx'
import { RowForm } from './row-form.tsx'

const text = strings.playground
const route = getRouteApi('/serving/$server')

export function PlaygroundPage(): ReactNode {
  const { server: id } = route.useParams()
  const { data, error, refetch } = useQuery({
    queryKey: ['server', id],
    queryFn: async ({ signal }) => await getServer(id, signal),
    refetchInterval: lookEveryMs,
  })
  if (data === undefined) return <PageWaiting of={strings.pages.serving} error={error} retry={refetch} />
  const { server, model } = data
  return (
    <Stack p="md">
      <Heading server={server} />
      {server.error !== undefined && <Failure error={server.error} retry={refetch} />}
      {model === undefined ? (
        <EmptyState title={text.neverAnswered} />
      ) : (
        // What is served may change while the page is open; the form is made anew with its inputs.
        <Playground key={JSON.stringify(model.inputs)} server={server} model={model} />
      )}
    </Stack>
  )
}

function Heading({ server: { url, status, models } }: { readonly server: ModelServer }): ReactNode {
  const [first] = models
  return (
    <Stack gap={4}>
      <Breadcrumbs>
        <AnchorLink to="/serving">{strings.pages.serving}</AnchorLink>
        <Text size="sm" className="user-text">
          {url}
        </Text>
      </Breadcrumbs>
      <PageTitle
        mark={<ServerMark status={status} />}
        name={text.title(first === undefined ? url : versionTitle(first))}
        of={strings.pages.serving}
      />
    </Stack>
  )
}

interface PlaygroundProps {
  readonly server: ModelServer
  readonly model: ModelDescription
}

function Playground({ server, model }: PlaygroundProps): ReactNode {
  const { row, here = false } = route.useSearch()
  const navigate = route.useNavigate()
  // The last answer stays in its place until the next one is there.
  const [last, setLast] = useState<{ readonly asked: Row | File; readonly answer: ServedAnswer }>()
  const { mutate, error, isPending } = useMutation({
    mutationFn: async (asked: Row | File) => ({ asked, answer: await predict(server.id, asked) }),
  })
  // Of several that are under way, such as for each stroke of a drawing, only the newest is heard.
  const ask = (asked: Row | File): void => mutate(asked, { onSuccess: setLast, onError: () => setLast(undefined) })
  const image = model.inputs.find((input) => input.type === 'image')
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Section title={text.values}>
          {image === undefined ? (
            <RowForm
              model={model}
              inputs={model.inputs as readonly ColumnInput[]}
              initial={row}
              errors={error instanceof RefusedRow ? error.fields : {}}
              isAsking={isPending}
              onAsk={(asked) => {
                void navigate({ search: (old) => ({ ...old, row: asked }), replace: true })
                ask(asked)
              }}
            />
          ) : (
            <ImageInput input={image} isAsking={isPending} onAsk={ask} />
          )}
        </Section>
        <Text size="xs" c="dimmed" mt="xs">
          {text.counted}
        </Text>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack aria-live="polite">
          <Section title={text.answer}>
            {error !== null && <Failure error={error} />}
            {last === undefined && error === null && (
              <Text size="sm" c="dimmed">
                {image === undefined ? text.hint : text.imageHint}
              </Text>
            )}
            {last !== undefined && (
              <Stack gap="sm">
                <AnswerView answer={last.answer} />
                <Text size="sm" c="dimmed">
                  {text.answeredBy} <VersionLink model={last.answer.model} inText />{' '}
                  {text.answeredIn(last.answer.elapsedMs)}
                </Text>
              </Stack>
            )}
          </Section>
          <Section title={text.browserAnswer}>
            <Stack gap="sm">
              <Checkbox
                label={text.runHere}
                description={text.runHereHint}
                checked={here}
                onChange={({ currentTarget: { checked } }) =>
                  void navigate({ search: (old) => ({ ...old, here: checked || undefined }), replace: true })
                }
              />
              {here && last !== undefined && <BrowserAnswer model={model} served={server.models} {...last} />}
            </Stack>
          </Section>
        </Stack>
      </Grid.Col>
    </Grid>
  )
}
