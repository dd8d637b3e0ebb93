/** What it costs to run a flow, beside Metaflow on the same steps: commands, as published, from their start to their end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Comparison, measurePairs } from './pairs.ts'
import { buildPublished } from './published.ts'
import { pythonWith, scriptPath, timeProgram } from './processes.ts'

const ROUNDS = 9
const ITEMS = 20
const MANY = 1000
const TIMES_FASTER = 10
const TASK_WITHIN_SECONDS = 0.06

export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['metaflow'])
  const command = buildPublished()('bin/millrace.js')
  const cwd = await mkdtemp(join(tmpdir(), 'millrace-bench-flow-'))
  const ours = async (flow: string, ...args: readonly string[]): Promise<number> => {
    const run = [command, 'flow', 'run', scriptPath(flow), '--quiet', ...args]
    return (await timeProgram(process.execPath, run, { cwd })).whole
  }
  const theirs = async (flow: string, ...args: readonly string[]): Promise<number> => {
    const env = { METAFLOW_USER: 'bench', METAFLOW_DATASTORE_SYSROOT_LOCAL: cwd }
    return (await timeProgram(python, [scriptPath(flow), '--quiet', 'run', ...args], { cwd, env })).whole
  }
  try {
    for (let i = 0; i < 3; i++) await ours('flow-linear.ts') // fills the caches of the system and of Node
    const linear = await measurePairs(
      ROUNDS,
      () => ours('flow-linear.ts'),
      () => theirs('flow_linear.py'),
    )
    const items = ['--items', String(ITEMS)]
    const foreach = await measurePairs(
      3,
      () => ours('flow-foreach.ts', ...items),
      () => theirs('flow_foreach.py', ...items),
    )
    const many = await ours('flow-foreach.ts', '--items', String(MANY))
    // The split and the join are tasks as well; Metaflow has an end step besides.
    const [ourTask, theirTask] = [foreach.ours / (ITEMS + 2), foreach.theirs / (ITEMS + 3)]
    return [
      {
        what: 'a flow of three steps, whole',
        millrace: seconds(linear.ours),
        peer: `Metaflow: ${seconds(linear.theirs)}`,
        ratio: `${(1 / linear.ratio).toFixed(1)} × faster`,
        goal: `≥ ${TIMES_FASTER} ×`,
        met: 1 / linear.ratio >= TIMES_FASTER,
      },
      {
        what: `a task, of a foreach with ${ITEMS} (all starts included)`,
        millrace: milliseconds(ourTask),
        peer: `Metaflow: ${milliseconds(theirTask)}`,
        ratio: `${(1 / foreach.ratio).toFixed(1)} × faster`,
        goal: `≤ ${milliseconds(TASK_WITHIN_SECONDS)}`,
        met: ourTask <= TASK_WITHIN_SECONDS,
      },
      {
        what: `a foreach with ${MANY} tasks, whole`,
        millrace: `${seconds(many)}, ${milliseconds(many / MANY)} a task`,
        peer: 'Metaflow: not run (its limit is 100 unless raised)',
        ratio: '',
        goal: 'reported',
        met: true,
      },
    ]
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`
}

function milliseconds(value: number): string {
  return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`
}
