/** Directed graphs as values. Placing their nodes is `graph-layout.ts`, drawing them `render-graph.ts`. */
import type { Status } from './component.ts'

export interface GraphNode {
  readonly id: string
  /** Default: the id. */
  readonly label?: string
  /** A second, quieter line. */
  readonly detail?: string
  readonly status?: Status
}

export interface Graph {
  readonly kind: 'graph'
  readonly nodes: readonly GraphNode[]
  /** Those that name no node are left out. */
  readonly edges: readonly (readonly [from: string, to: string])[]
  /** What the graph tells, for those who do not see it. Default: its edges. */
  readonly description?: string
}

/** A directed graph, drawn from left to right, such as the steps of a flow. Loops are allowed. */
export function graph({ nodes, edges, ...rest }: Omit<Graph, 'kind'>): Graph {
  return { kind: 'graph', ...rest, nodes: [...nodes], edges: [...edges] }
}
