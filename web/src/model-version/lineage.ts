/** Where a version comes from: data, code and flow lead to the run, the run to the version, the version to its aliases. */
import type { TaskName } from '../api/flows.ts'
import type { ModelVersion } from '../api/models.ts'
import type { Run } from '../api/runs.ts'
import type { GraphEdge, GraphNode } from '../charts/graph-view.tsx'
import { flowTag, taskPathOf } from '../flows/task-path.ts'
import { strings } from '../strings.ts'

const text = strings.model

interface Lineage {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Where the pages are. */
export interface Addresses {
  readonly ofRun: (run: Run) => string
  readonly ofTask: (task: TaskName) => string
}

export function lineageOf(version: ModelVersion, run: Run | undefined, addresses: Addresses): Lineage {
  const origins = run === undefined ? [] : originsOf(run, addresses)
  const source = runNode(version, run, addresses)
  const here: GraphNode = {
    id: 'version',
    label: `${version.name} ${version.version}`,
    detail: strings.models.stage[version.stage],
    color: 'var(--mantine-color-teal-6)',
  }
  const aliases = version.aliases.map((alias): GraphNode => ({ id: `alias ${alias}`, label: `@${alias}` }))
  return {
    nodes: [...origins, source, here, ...aliases],
    edges: [
      ...origins.map(({ id }) => ({ from: id, to: source.id })),
      { from: source.id, to: here.id },
      ...aliases.map(({ id }) => ({ from: here.id, to: id })),
    ],
  }
}

function originsOf({ datasets, tags }: Run, { ofTask }: Addresses): readonly GraphNode[] {
  const commit = tags['mlflow.source.git.commit']
  const flow = tags[flowTag]
  const task = taskPathOf(tags)
  const data = new Map(
    datasets.map(({ name, digest }): [string, GraphNode] => [
      `data ${name} ${digest}`,
      {
        id: `data ${name} ${digest}`,
        label: name,
        detail: text.dataset(digest.slice(0, 16)),
        color: 'var(--mantine-color-blue-6)',
      },
    ]),
  )
  return [
    ...data.values(),
    ...(commit === undefined
      ? []
      : [
          {
            id: 'commit',
            label: tags['mlflow.source.name']?.split('/').at(-1) ?? text.commit,
            detail: `${text.commit} ${commit.slice(0, 12)}`,
          },
        ]),
    ...(flow === undefined
      ? []
      : [{ id: 'flow', label: flow, detail: text.flow, ...(task && { href: ofTask(task) }) }]),
  ]
}

/** The run; of a version without one the folder it was registered from. */
function runNode({ source, runId }: ModelVersion, run: Run | undefined, { ofRun }: Addresses): GraphNode {
  const color = 'var(--mantine-color-orange-6)'
  if (run !== undefined) return { id: 'run', label: run.name, detail: text.run, color, href: ofRun(run) }
  return { id: 'run', label: runId ?? source, detail: runId === undefined ? text.source : text.run, color }
}
