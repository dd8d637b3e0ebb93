/**
 * A flow as plain frozen data: a tree in which every split holds its branches and its join. The runner walks it, and
 * so can a compiler for another scheduler.
 */
import type { StepOptions } from './step-options.ts'

interface Named {
  readonly name: string
  readonly options: StepOptions
}

/** One step, one task. */
export interface StepNode extends Named {
  readonly kind: 'step'
}

/** The step after a split, which sees all branches. */
export interface JoinNode extends Named {
  readonly kind: 'join'
}

/** A step that makes a list, and a body that runs once for each item of it. */
export interface ForeachNode extends Named {
  readonly kind: 'foreach'
  readonly body: Sequence
  /** Missing only in a flow that `checkFlow` refuses. */
  readonly join?: JoinNode
}

/** Branches that run side by side. The split itself is no task. */
export interface BranchesNode {
  readonly kind: 'branches'
  readonly branches: Readonly<Record<string, Sequence>>
  /** Missing only in a flow that `checkFlow` refuses. */
  readonly join?: JoinNode
}

/** A step that chooses the one case which runs. */
export interface SwitchNode extends Named {
  readonly kind: 'switch'
  readonly cases: Readonly<Record<string, Sequence>>
}

/** A body that runs again until the step of the loop, which comes after each round, says that it is enough. */
export interface LoopNode extends Named {
  readonly kind: 'loop'
  readonly body: Sequence
  readonly maxIterations: number
}

export type FlowNode = StepNode | ForeachNode | BranchesNode | SwitchNode | LoopNode
export type Sequence = readonly FlowNode[]

/** A node that runs as a task: everything but a split into branches. */
export type TaskNode = Exclude<FlowNode, BranchesNode> | JoinNode

/** All nodes that run as tasks, in the order of the source. */
export function taskNodes(sequence: Sequence): TaskNode[] {
  return sequence.flatMap((node): TaskNode[] => {
    const own: TaskNode[] = node.kind === 'branches' ? [] : [node]
    return [...own, ...innerSequences(node).flatMap(([, inner]) => taskNodes(inner)), ...joinOf(node)]
  })
}

/** The sequences inside a node by name: branches and cases have names, a body has ''. */
export function innerSequences(node: FlowNode): (readonly [name: string, sequence: Sequence])[] {
  switch (node.kind) {
    case 'step':
      return []
    case 'foreach':
    case 'loop':
      return [['', node.body]]
    case 'branches':
      return Object.entries(node.branches)
    case 'switch':
      return Object.entries(node.cases)
  }
}

function joinOf(node: FlowNode): JoinNode[] {
  return (node.kind === 'foreach' || node.kind === 'branches') && node.join !== undefined ? [node.join] : []
}
