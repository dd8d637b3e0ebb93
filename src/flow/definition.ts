/** What the builder makes: the graph as data, the functions of its steps beside it. */
import type { z } from 'zod'
import { MillraceError, suggest } from '../core/index.ts'
import { type JoinNode, type Sequence, type TaskNode, taskNodes } from './graph.ts'
import type { StepOptions } from './step-options.ts'

export interface FlowOptions<P extends z.ZodRawShape = z.ZodRawShape, C extends z.ZodType = z.ZodType> {
  readonly description?: string
  /** A schema for each parameter. What has neither a default nor is optional must be given. */
  readonly parameters?: P
  /** A schema for what else the configuration file holds; steps read it as `config`. */
  readonly config?: C
}

/** The function of a step: `(artifacts, task)`, for a join `(inputs, earlier, task)`. */
export type StepCode = (...args: readonly unknown[]) => unknown

export interface FlowDefinition extends FlowOptions {
  readonly kind: 'flow'
  readonly name: string
  readonly graph: Sequence
  /** The functions by name of step: what runs, lists the items, chooses the case or ends the loop. */
  readonly code: Readonly<Record<string, StepCode>>
}

/** The flow with `defaults` for the options of every step; a step's own come first. */
export function withStepDefaults(flow: FlowDefinition, defaults: StepOptions): FlowDefinition {
  if (Object.keys(defaults).length === 0) return flow
  const over = (options: StepOptions): StepOptions => ({ ...defaults, ...options })
  const join = (node: JoinNode | undefined): { join?: JoinNode } =>
    node === undefined ? {} : { join: { ...node, options: over(node.options) } }
  const all = (sequences: Readonly<Record<string, Sequence>>): Record<string, Sequence> =>
    Object.fromEntries(Object.entries(sequences).map(([name, sequence]) => [name, apply(sequence)]))
  const apply = (sequence: Sequence): Sequence =>
    sequence.map((node) => {
      switch (node.kind) {
        case 'branches':
          return { ...node, branches: all(node.branches), ...join(node.join) }
        case 'step':
          return { ...node, options: over(node.options) }
        case 'foreach':
          return { ...node, options: over(node.options), body: apply(node.body), ...join(node.join) }
        case 'switch':
          return { ...node, options: over(node.options), cases: all(node.cases) }
        case 'loop':
          return { ...node, options: over(node.options), body: apply(node.body) }
      }
    })
  return { ...flow, graph: apply(flow.graph) }
}

/** The step called `step`. @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is none */
export function findStep(flow: FlowDefinition, step: string): TaskNode {
  const nodes = taskNodes(flow.graph)
  const node = nodes.find(({ name }) => name === step)
  if (node !== undefined) return node
  const names = nodes.map(({ name }) => name)
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `The flow "${flow.name}" has no step "${step}". ${suggest(step, names, 'steps')}`,
  )
}
