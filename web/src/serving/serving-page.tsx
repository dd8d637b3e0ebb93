/** What is served where: models, roles, traffic and latency of every model server, live. */
import { Alert, Card, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ModelServer } from '../api/serving.ts'
import { Age } from '../shell/age.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { strings } from '../strings.ts'
import { ServedModels } from './served-models.tsx'
import { ServerMark } from './server-mark.tsx'
import { TrafficView } from './traffic-view.tsx'
import { serverTitle, useServers } from './use-servers.ts'

const text = strings.serving

export function ServingPage(): ReactNode {
  const { data, error, refetch } = useServers()
  return (
    <Stack p="md">
      <PageTitle name={strings.pages.serving} />
      {data === undefined && <Waiting error={error} retry={refetch} />}
      {data?.length === 0 && (
        <EmptyState title={text.emptyTitle} text={text.emptyText} command={text.emptyCommand}>
          <Text c="dimmed">{text.emptyModel}</Text>
        </EmptyState>
      )}
      {data?.map((server) => (
        <ServerCard key={server.id} server={server} />
      ))}
    </Stack>
  )
}

function ServerCard({ server }: { readonly server: ModelServer }): ReactNode {
  const { id, url, status, error, startedAt, models, captured } = server
  return (
    <Card withBorder padding="md" component="section" aria-label={serverTitle(server)}>
      <Stack gap="sm">
        <Group gap="sm">
          <ServerMark status={status} />
          <Title order={2} size="h5" className="user-text">
            {serverTitle(server)}
          </Title>
          <Text size="sm" c="dimmed" me="auto">
            {status === 'up' && startedAt !== undefined && (
              <>
                {text.started} <Age time={startedAt} />
              </>
            )}
            {captured !== undefined && ` · ${text.captured(captured)}`}
          </Text>
          <AnchorLink to="/serving/$server" params={{ server: id }} aria-label={text.tryOf(url)}>
            {text.try}
          </AnchorLink>
        </Group>
        {error !== undefined && (
          <Alert color="red" title={text.status.away} className="user-text">
            {error}
          </Alert>
        )}
        {models.length > 0 && <ServedModels server={server} />}
        {models.length > 0 && <TrafficView server={id} />}
      </Stack>
    </Card>
  )
}
