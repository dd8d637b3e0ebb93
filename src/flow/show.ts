/** Pictures of a graph: an indented list for terminals, Mermaid for pages, edges for whoever draws it. */
import { type FlowNode, innerSequences, type JoinNode, type Sequence, taskNodes } from './graph.ts'

/** The steps as an indented list with what each is: loops, splits and their joins. */
export function graphText(graph: Sequence): string {
  return lines(graph, '').join('\n')
}

function lines(sequence: Sequence, indent: string): string[] {
  return sequence.flatMap((node) => {
    const head =
      node.kind === 'branches' ? 'branches' : node.kind === 'step' ? node.name : `${node.name} (${node.kind})`
    const inner = innerSequences(node).flatMap(([name, inside]) => {
      if (name === '') return lines(inside, `${indent}  `)
      const steps = inside.length === 0 ? [`${indent}    (nothing)`] : lines(inside, `${indent}    `)
      return [`${indent}  ${name}:`, ...steps]
    })
    return [`${indent}${head}`, ...inner, ...joins(node).map(({ name }) => `${indent}${name} (join)`)]
  })
}

/** The graph as a Mermaid flow chart, which GitHub and many editors draw. */
export function graphMermaid(graph: Sequence): string {
  const nodes = taskNodes(graph).map(({ name, kind }) => {
    if (kind === 'foreach') return `${name}[/${name}/]`
    return kind === 'switch' || kind === 'loop' ? `${name}{${name}}` : `${name}[${name}]`
  })
  const edges = graphEdges(graph).map(
    ({ from, to, label }) => `${from} -->${label === undefined ? '' : `|${label}|`} ${to}`,
  )
  return ['flowchart TD', ...[...nodes, ...edges].map((line) => `  ${line}`)].join('\n')
}

/** An arrow from one step to another. Branches, cases, items and rounds stand on it. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly label?: string
}

/** The arrows between the steps of a graph. */
export function graphEdges(graph: Sequence): GraphEdge[] {
  const edges: GraphEdge[] = []
  connect(graph, [], edges)
  return edges
}

/** An arrow whose head is not known yet. */
type LooseEdge = Omit<GraphEdge, 'to'>

/** Adds the edges of `sequence` after `before`, and returns those that lead out of it. */
function connect(sequence: Sequence, before: readonly LooseEdge[], edges: GraphEdge[]): readonly LooseEdge[] {
  return sequence.reduce((loose, node) => connectNode(node, loose, edges), before)
}

function connectNode(node: FlowNode, before: readonly LooseEdge[], edges: GraphEdge[]): readonly LooseEdge[] {
  const arrive = (name: string, loose: readonly LooseEdge[]): readonly LooseEdge[] => {
    edges.push(...loose.map((edge) => ({ ...edge, to: name })))
    return [{ from: name }]
  }
  const join = (loose: readonly LooseEdge[]): readonly LooseEdge[] =>
    joins(node).reduce((ends, { name }) => arrive(name, ends), loose)
  switch (node.kind) {
    case 'step':
      return arrive(node.name, before)
    case 'foreach':
      arrive(node.name, before)
      return join(connect(node.body, [{ from: node.name, label: 'each' }], edges))
    case 'branches':
      return join(
        Object.entries(node.branches).flatMap(([label, branch]) =>
          connect(
            branch,
            before.map(({ from }) => ({ from, label })),
            edges,
          ),
        ),
      )
    case 'switch':
      arrive(node.name, before)
      return Object.entries(node.cases).flatMap(([label, steps]) => connect(steps, [{ from: node.name, label }], edges))
    case 'loop': {
      const again = { from: node.name, label: 'again' }
      arrive(node.name, connect(node.body, [...before, again], edges))
      return [{ from: node.name, label: 'done' }]
    }
  }
}

function joins(node: FlowNode): JoinNode[] {
  return (node.kind === 'foreach' || node.kind === 'branches') && node.join !== undefined ? [node.join] : []
}
