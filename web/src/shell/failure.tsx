/** What a page shows where something went wrong or where nothing is yet. */
import { Alert, Box, Button, Center, Code, CopyButton, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { strings } from '../strings.ts'
import { usePageTitle } from './page-title.tsx'

/** An error with what to do about it. */
export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => unknown }): ReactNode {
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={strings.errors.title} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm" className="user-text">
          {error instanceof Error ? error.message : String(error)}
        </Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={() => void retry()}>
            {strings.app.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

interface WaitingProps {
  readonly error: Error | null
  readonly retry?: () => unknown
  readonly size?: 'xs' | 'sm'
  readonly m?: 'xs' | 'md'
}

/** Stands in the place of what has not come yet, or says why it does not come. */
export function Waiting({ error, retry, m, ...loader }: WaitingProps): ReactNode {
  return (
    <Box {...(m !== undefined && { m })}>
      {error === null ? (
        <Loader aria-label={strings.app.loading} {...loader} />
      ) : (
        <Failure error={error} {...(retry !== undefined && { retry })} />
      )}
    </Box>
  )
}

/** Stands in the place of a whole page. `of` says what the page is one of. */
export function PageWaiting({
  of,
  error,
  retry,
}: Omit<WaitingProps, 'm' | 'size'> & { readonly of: string }): ReactNode {
  usePageTitle(error === null ? undefined : strings.errors.title, of)
  return (
    <Stack p="md">
      {error !== null && (
        <Title order={1} size="h3" className="user-text">
          {of}
        </Title>
      )}
      <Waiting error={error} {...(retry !== undefined && { retry })} />
    </Stack>
  )
}

/** The page itself failed: a mistake in the app. */
export function PageFailure({ error, reset }: { readonly error: unknown; readonly reset: () => void }): ReactNode {
  usePageTitle(strings.errors.title)
  return (
    <Stack p="md">
      <Text>{strings.errors.page}</Text>
      <Failure error={error} retry={reset} />
    </Stack>
  )
}

export function NotFound(): ReactNode {
  return (
    <EmptyPage title={strings.app.notFound} text={strings.app.notFoundHint}>
      <Link to="/experiments">{strings.app.home}</Link>
    </EmptyPage>
  )
}

interface EmptyStateProps {
  readonly title: string
  readonly text?: string
  /** What to type next. */
  readonly command?: string
  /** Of its heading. */
  readonly order?: 1 | 2
  readonly children?: ReactNode
}

/** A page with nothing on it but that. */
export function EmptyPage(props: EmptyStateProps): ReactNode {
  usePageTitle(props.title)
  return <EmptyState {...props} order={1} />
}

export function EmptyState({ title, text, command, order = 2, children }: EmptyStateProps): ReactNode {
  return (
    <Center mih={240} p="md">
      <Stack align="center" gap="sm">
        <Title order={order} size="h4">
          {title}
        </Title>
        {text !== undefined && <Text c="dimmed">{text}</Text>}
        {command !== undefined && <Command text={command} />}
        {children}
      </Stack>
    </Center>
  )
}

/** A command to copy. */
function Command({ text }: { readonly text: string }): ReactNode {
  return (
    <Group gap="xs">
      <Code fz="sm">{text}</Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy}>
            {copied ? strings.app.copied : strings.app.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  )
}
