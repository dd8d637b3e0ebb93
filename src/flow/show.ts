/** Pictures of a graph in text: an indented list for terminals, Mermaid for pages. */
import { innerSequences, type FlowNode, type JoinNode, type Sequence } from './graph.ts'

/** The steps as an indented list with what each is: loops, splits and their joins. */
export function graphText(graph: Sequence): string {
  return lines(graph, '').join('\n')
}

function lines(sequence: Sequence, indent: string): string[] {
  return sequence.flatMap((node) => {
    const head =
      node.kind === 'branches' ? 'branches' : node.kind === 'step' ? node.name : `${node.name} (${node.kind})`
    const inner = innerSequences(node).flatMap(([name, inside]) =>
      name === ''
        ? lines(inside, `${indent}  `)
        : [
            `${indent}  ${name}:`,
            ...(inside.length === 0 ? [`${indent}    (nothing)`] : lines(inside, `${indent}    `)),
          ],
    )
    return [`${indent}${head}`, ...inner, ...joins(node).map(({ name }) => `${indent}${name} (join)`)]
  })
}

/** The graph as a Mermaid flow chart, which GitHub and many editors draw. */
export function graphMermaid(graph: Sequence): string {
  const chart = new Chart()
  chart.sequence(graph, [])
  return ['flowchart TD', ...chart.lines.map((line) => `  ${line}`)].join('\n')
}

/** An arrow that waits for its head: where it comes from and what stands on it. */
interface Loose {
  readonly from: string
  readonly label?: string
}

class Chart {
  readonly lines: string[] = []

  /** Draws `sequence` after `before` and returns what the next node has to be joined to. */
  sequence(sequence: Sequence, before: readonly Loose[]): readonly Loose[] {
    let loose = before
    for (const node of sequence) loose = this.#node(node, loose)
    return loose
  }

  #node(node: FlowNode, before: readonly Loose[]): readonly Loose[] {
    switch (node.kind) {
      case 'step':
        return this.#box(node.name, `[${node.name}]`, before)
      case 'foreach': {
        const split = this.#box(node.name, `[/${node.name}/]`, before).map(({ from }) => ({ from, label: 'each' }))
        return this.#join(node, this.sequence(node.body, split))
      }
      case 'branches':
        return this.#join(
          node,
          Object.entries(node.branches).flatMap(([label, inner]) =>
            this.sequence(
              inner,
              before.map(({ from }) => ({ from, label })),
            ),
          ),
        )
      case 'switch': {
        const [{ from } = { from: '' }] = this.#box(node.name, `{${node.name}}`, before)
        return Object.entries(node.cases).flatMap(([label, inner]) => this.sequence(inner, [{ from, label }]))
      }
      case 'loop': {
        const first = node.body[0]
        const [{ from } = { from: '' }] = this.#box(node.name, `{${node.name}}`, this.sequence(node.body, before))
        if (first !== undefined && first.kind !== 'branches') this.lines.push(`${from} -->|again| ${first.name}`)
        return [{ from, label: 'done' }]
      }
    }
  }

  #join(node: FlowNode, before: readonly Loose[]): readonly Loose[] {
    const [join] = joins(node)
    return join === undefined ? before : this.#box(join.name, `[${join.name}]`, before)
  }

  #box(name: string, shape: string, before: readonly Loose[]): readonly Loose[] {
    this.lines.push(`${name}${shape}`)
    for (const { from, label } of before)
      this.lines.push(`${from} -->${label === undefined ? '' : `|${label}|`} ${name}`)
    return [{ from: name }]
  }
}

function joins(node: FlowNode): JoinNode[] {
  return (node.kind === 'foreach' || node.kind === 'branches') && node.join !== undefined ? [node.join] : []
}
