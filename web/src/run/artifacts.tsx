/** The artifacts of a run: a tree, and a look into the chosen file. */
import { Button, Grid, Group, NavLink, ScrollArea, Stack, Text } from '@mantine/core'
import { IconDownload, IconFile, IconFolder } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { artifactAddress, type ArtifactFile, listArtifacts } from '../api/artifacts.ts'
import { EmptyState, Waiting } from '../shell/failure.tsx'
import { lazyPart } from '../shell/lazy-part.tsx'
import { formatBytes } from '../shell/times.ts'
import { strings } from '../strings.ts'

const text = strings.artifacts
const route = getRouteApi('/experiments/$experimentId/runs/$runId')
const Preview = lazyPart(async () => (await import('./previews/preview.tsx')).Preview)

export function Artifacts({ runId }: { readonly runId: string }): ReactNode {
  const { artifact } = route.useSearch()
  const [chosen, setChosen] = useState<ArtifactFile>()
  const shown = chosen?.path === artifact ? chosen : undefined
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 4, lg: 3 }}>
        <ScrollArea.Autosize mah="70vh" type="auto">
          <Folder runId={runId} path="" selected={artifact} onChoose={setChosen} />
        </ScrollArea.Autosize>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8, lg: 9 }}>
        {artifact !== undefined && <File runId={runId} path={artifact} known={shown} />}
      </Grid.Col>
    </Grid>
  )
}

interface FolderProps {
  readonly runId: string
  readonly path: string
  readonly selected: string | undefined
  readonly onChoose: (file: ArtifactFile) => void
}

function Folder({ runId, path, selected, onChoose }: FolderProps): ReactNode {
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery({
    queryKey: ['artifacts', runId, path],
    queryFn: async ({ signal }) => await listArtifacts(runId, path, signal),
  })
  if (data === undefined) return <Waiting error={error} retry={refetch} size="xs" m="xs" />
  if (data.length === 0)
    return path === '' ? <EmptyState title={text.none} /> : <Text size="xs">{text.emptyFolder}</Text>
  return data.map((file) =>
    file.isFolder ? (
      <FolderLink key={file.path} file={file} runId={runId} selected={selected} onChoose={onChoose} />
    ) : (
      <NavLink
        key={file.path}
        component="button"
        active={file.path === selected}
        label={<span className="user-text">{nameOf(file.path)}</span>}
        description={formatBytes(file.sizeBytes)}
        leftSection={<IconFile size={16} />}
        onClick={() => {
          onChoose(file)
          void navigate({ search: (old) => ({ ...old, artifact: file.path }), replace: true })
        }}
      />
    ),
  )
}

function FolderLink({ file, ...props }: Omit<FolderProps, 'path'> & { readonly file: ArtifactFile }): ReactNode {
  const [isOpen, setOpen] = useState(props.selected?.startsWith(`${file.path}/`) ?? false)
  return (
    <NavLink
      component="button"
      label={<span className="user-text">{nameOf(file.path)}</span>}
      leftSection={<IconFolder size={16} />}
      opened={isOpen}
      onChange={setOpen}
      childrenOffset={16}
    >
      {isOpen ? <Folder {...props} path={file.path} /> : <span />}
    </NavLink>
  )
}

interface FileProps {
  readonly runId: string
  readonly path: string
  readonly known: ArtifactFile | undefined
}

/** An address names a file alone; its size is asked of the folder it lies in. */
function File({ runId, path, known }: FileProps): ReactNode {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  const { data, error, refetch } = useQuery({
    queryKey: ['artifacts', runId, folder],
    queryFn: async ({ signal }) => await listArtifacts(runId, folder, signal),
    enabled: known === undefined,
  })
  const file = known ?? data?.find((other) => other.path === path)
  if (file === undefined) {
    return data === undefined ? (
      <Waiting error={error} retry={refetch} size="sm" />
    ) : (
      <EmptyState title={text.gone(path)} />
    )
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} className="user-text">
          {path}
        </Text>
        <Button
          component="a"
          href={artifactAddress(runId, path)}
          download={nameOf(path)}
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          {text.save}
        </Button>
      </Group>
      <Preview key={path} runId={runId} file={file} />
    </Stack>
  )
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
