/** Drift, failed tests and quality over time, from the checks that are kept as runs; the report of each. */
import { Group, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { listChecks } from '../api/checks.ts'
import { SmallChart } from '../charts/small-chart.tsx'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { Section } from '../shell/section.tsx'
import { strings } from '../strings.ts'
import { CheckTable } from './check-table.tsx'
import { columnCharts, overallCharts, type Watch, watchesOf } from './checks.ts'
import { ReportDrawer } from './report-drawer.tsx'

const text = strings.monitoring
const route = getRouteApi('/monitoring')
const lookEveryMs = 5000

/** Of a wide table not every column is drawn. */
const maxColumns = 48

export function MonitoringPage(): ReactNode {
  const { watch: chosen } = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery({
    queryKey: ['checks'],
    queryFn: async ({ signal }) => await listChecks(signal),
    refetchInterval: lookEveryMs,
  })
  const watches = useMemo(() => watchesOf(data ?? []), [data])
  const watch = watches.find(({ id }) => id === chosen) ?? watches[0]
  return (
    <Stack p="md">
      <Group gap="sm">
        <PageTitle name={strings.pages.monitoring} me="auto" />
        {watch !== undefined && (
          <Select
            size="xs"
            w={320}
            aria-label={text.watch}
            allowDeselect={false}
            searchable
            data={watches.map(({ id, title }) => ({ value: id, label: title }))}
            value={watch.id}
            onChange={(id) => void navigate({ search: id === null ? {} : { watch: id } })}
          />
        )}
      </Group>
      {data === undefined && <Waiting error={error} retry={refetch} />}
      {data?.length === 0 && <EmptyState title={text.emptyTitle} text={text.emptyText} command={text.emptyCommand} />}
      {watch !== undefined && <WatchView key={watch.id} watch={watch} />}
    </Stack>
  )
}

function WatchView({ watch: { checks } }: { readonly watch: Watch }): ReactNode {
  const { check: shown } = route.useSearch()
  const navigate = route.useNavigate()
  const overall = useMemo(() => overallCharts(checks), [checks])
  const columns = useMemo(() => columnCharts(checks), [checks])
  const open = checks.find(({ runId }) => runId === shown)
  const show = (check: string | undefined): void =>
    void navigate({ search: (old) => ({ ...old, check }), replace: true })
  return (
    <>
      <Section title={text.overall}>
        <SimpleGrid cols={{ base: 1, md: 3 }}>
          {overall.map((chart) => (
            <SmallChart key={chart.title} {...chart} />
          ))}
        </SimpleGrid>
      </Section>
      <Section title={text.checks}>
        <CheckTable checks={checks} onOpen={show} />
      </Section>
      {columns.length > 0 && (
        <Section title={text.columns}>
          <Text size="xs" c="dimmed" mb="xs">
            {text.columnsHint} {columns.length > maxColumns && text.only(maxColumns, columns.length)}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }}>
            {columns.slice(0, maxColumns).map((chart) => (
              <SmallChart key={chart.title} {...chart} />
            ))}
          </SimpleGrid>
        </Section>
      )}
      <ReportDrawer check={open} close={() => show(undefined)} />
    </>
  )
}
