/**
 * The way through a flow: which task comes when and what it gets. What a task does is left to the caller, so that one
 * walk serves the runner, the single task in a container, and whoever only reads what an earlier run stored.
 */
import { MillraceError } from '../core/index.ts'
import type { References } from './artifact-store.ts'
import type { FlowNode, JoinNode, LoopNode, Sequence, TaskNode } from './graph.ts'
import { taskNodes } from './graph.ts'
import type { Frame } from './task.ts'

/** What holds at a place in the flow. */
export interface Scope {
  /** Everything that can be read there. */
  readonly artifacts: References
  readonly stack: readonly Frame[]
  /** True after a task that was run anew: what comes after it cannot be taken from an earlier run. */
  readonly isFresh: boolean
}

/** What a join gets of each branch: a list for foreach, an object by name for branches. */
export type BranchInputs = readonly References[] | Readonly<Record<string, References>>

/** A task to be done. */
export interface TaskRequest {
  readonly step: string
  readonly taskId: string
  readonly stack: readonly Frame[]
  /** What it can read; for a join what was readable before the split. */
  readonly artifacts: References
  /** Of a join only. */
  readonly branches?: BranchInputs
}

/** What a task came to. */
interface TaskResult {
  /** What it wrote. */
  readonly artifacts: References
  /** Of a foreach: `item` and `index` for each body. */
  readonly items?: readonly References[] | undefined
  /** Of a switch the case, of a loop 'done' or 'again'. */
  readonly choice?: string | undefined
}

/** Does a task, or looks up what it came to. `isFresh` says whether it was done anew. */
export type Perform = (
  request: TaskRequest,
  node: TaskNode,
  isFresh: boolean,
) => Promise<TaskResult & { readonly isFresh: boolean }>

/** A task by name and place: when it is all one wants to get to, branches beside the way are left out. */
export interface Destination {
  readonly step: string
  readonly taskId: string
}

/** The id of a task: the positions in the foreach and loops around it, or 0. The same in every run. */
export function taskIdOf(stack: readonly Frame[]): string {
  return stack.length === 0 ? '0' : stack.map(({ index }) => index).join('.')
}

/**
 * Goes through `sequence` from `scope` and returns what holds at its end. Branches and items go side by side; when one
 * fails, the others are waited for.
 *
 * @throws what `perform` throws; MillraceError TASK_FAILED for a loop that does not end
 */
export async function walk(
  sequence: Sequence,
  scope: Scope,
  perform: Perform,
  destination?: Destination,
): Promise<Scope> {
  let current = scope
  for (const node of sequence) current = await walkNode(node, current, { perform, destination })
  return current
}

interface Way {
  readonly perform: Perform
  readonly destination: Destination | undefined
}

async function walkNode(node: FlowNode, scope: Scope, way: Way): Promise<Scope> {
  switch (node.kind) {
    case 'step':
      return (await perform(node, scope, way)).scope
    case 'foreach': {
      const split = await perform(node, scope, way)
      const items = split.result.items ?? []
      const bodies = items.map((item, index) => ({
        sequence: node.body,
        scope: {
          ...split.scope,
          artifacts: { ...scope.artifacts, ...item },
          stack: [...scope.stack, { step: node.name, index, count: items.length }],
        },
      }))
      const ends = await walkAll(bodies, way)
      return await joinBranches(node.join, split.scope, { ends, inputs: ends.map(({ artifacts }) => artifacts) }, way)
    }
    case 'branches': {
      const names = Object.keys(node.branches)
      const ends = await walkAll(
        Object.values(node.branches).map((sequence) => ({ sequence, scope })),
        way,
      )
      const inputs = Object.fromEntries(ends.map(({ artifacts }, i) => [names[i]!, artifacts]))
      return await joinBranches(node.join, scope, { ends, inputs }, way)
    }
    case 'switch': {
      const { scope: chosen, result } = await perform(node, scope, way)
      return await walk(node.cases[result.choice ?? ''] ?? [], chosen, way.perform, way.destination)
    }
    case 'loop':
      return await walkLoop(node, scope, way)
  }
}

async function walkLoop(node: LoopNode, scope: Scope, way: Way): Promise<Scope> {
  let current = scope
  for (let index = 0; index < node.maxIterations; index++) {
    const inside = { ...current, stack: [...scope.stack, { step: node.name, index }] }
    const round = await walk(node.body, inside, way.perform, way.destination)
    const { scope: end, result } = await perform(node, round, way)
    current = { ...end, stack: scope.stack }
    if (result.choice === 'done') return current
  }
  throw new MillraceError(
    'TASK_FAILED',
    `The loop "${node.name}" was not done after ${node.maxIterations} rounds. Look at its "until", or raise maxIterations.`,
  )
}

interface Branch {
  readonly sequence: Sequence
  readonly scope: Scope
}

async function walkAll(branches: readonly Branch[], way: Way): Promise<Scope[]> {
  const ends = await Promise.allSettled(
    branches.map(async ({ sequence, scope }) =>
      isBeside(sequence, scope, way.destination) ? scope : await walk(sequence, scope, way.perform, way.destination),
    ),
  )
  const failures = ends.filter((end) => end.status === 'rejected').map(({ reason }): unknown => reason)
  // Branches that were stopped because another failed are not the cause.
  const cause = failures.find((reason) => !(reason instanceof Error && reason.name === 'AbortError')) ?? failures[0]
  if (cause !== undefined) throw cause
  return ends.filter((end) => end.status === 'fulfilled').map(({ value }) => value)
}

/** Whether the way to `destination` does not lead through a branch: it lies in another one, or with another item. */
function isBeside(sequence: Sequence, scope: Scope, destination: Destination | undefined): boolean {
  if (destination === undefined) return false
  const { step, taskId } = destination
  const holdsStep = taskNodes(sequence).some(({ name }) => name === step)
  return holdsStep && scope.stack.length > 0 && !`${taskId}.`.startsWith(`${taskIdOf(scope.stack)}.`)
}

interface Joined {
  readonly ends: readonly Scope[]
  readonly inputs: BranchInputs
}

async function joinBranches(
  join: JoinNode | undefined,
  scope: Scope,
  { ends, inputs }: Joined,
  way: Way,
): Promise<Scope> {
  if (join === undefined) throw new Error('A split without a join does not pass checkFlow.')
  const isFresh = scope.isFresh || ends.some((end) => end.isFresh)
  return (await perform(join, { ...scope, isFresh }, way, inputs)).scope
}

async function perform(
  node: TaskNode,
  scope: Scope,
  way: Way,
  branches?: BranchInputs,
): Promise<{ scope: Scope; result: TaskResult }> {
  const request: TaskRequest = {
    step: node.name,
    taskId: taskIdOf(scope.stack),
    stack: scope.stack,
    artifacts: scope.artifacts,
    ...(branches !== undefined && { branches }),
  }
  const result = await way.perform(request, node, scope.isFresh)
  return {
    scope: {
      ...scope,
      artifacts: { ...scope.artifacts, ...result.artifacts },
      isFresh: scope.isFresh || result.isFresh,
    },
    result,
  }
}
