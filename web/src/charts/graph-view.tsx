/** A directed graph, laid out from top to bottom. */
import { Graph, layout } from '@dagrejs/dagre'
import { type ReactNode, useMemo } from 'react'
import classes from './graph-view.module.css'

export interface GraphNode {
  readonly id: string
  readonly label: string
  /** A second, quieter line. */
  readonly detail?: string
  /** Colour of the frame, as a CSS value. */
  readonly color?: string
  /** The page of what the node stands for. */
  readonly href?: string
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly label?: string
}

interface GraphViewProps {
  /** What the graph shows, for those who hear it. */
  readonly label: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly selected?: string | undefined
  readonly onSelect?: (id: string) => void
}

const nodeHeight = 40

export function GraphView({ label, nodes, edges, selected, onSelect }: GraphViewProps): ReactNode {
  const { places, lines, width, height } = useMemo(() => layOut(nodes, edges), [nodes, edges])
  return (
    <div className={classes['scroll']} role="group" aria-label={label} tabIndex={0}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" className={classes['arrow']} />
          </marker>
        </defs>
        {lines.map(({ id, path }) => (
          <path key={id} d={path} className={classes['edge']} markerEnd="url(#arrow)" />
        ))}
        {places.map(({ node, x, y, width: nodeWidth }) => (
          <NodeLink key={node.id} node={node}>
            <g
              transform={`translate(${x - nodeWidth / 2} ${y - nodeHeight / 2})`}
              className={classes['node']}
              data-selected={node.id === selected || undefined}
              {...(onSelect !== undefined && {
                role: 'button',
                tabIndex: 0,
                'aria-pressed': node.id === selected,
                onClick: () => onSelect(node.id),
                onKeyDown: (event) => {
                  if (event.key === 'Enter' || event.key === ' ') onSelect(node.id)
                },
              })}
            >
              <rect width={nodeWidth} height={nodeHeight} rx={6} style={{ stroke: node.color }} />
              <text x={nodeWidth / 2} y={node.detail === undefined ? 25 : 17} className={classes['label']}>
                {shorten(node.label)}
              </text>
              {node.detail !== undefined && (
                <text x={nodeWidth / 2} y={32} className={classes['detail']}>
                  {shorten(node.detail)}
                </text>
              )}
              <title>{`${node.label} ${node.detail ?? ''}`}</title>
            </g>
          </NodeLink>
        ))}
      </svg>
    </div>
  )
}

function NodeLink({ node, children }: { readonly node: GraphNode; readonly children: ReactNode }): ReactNode {
  return node.href === undefined ? children : <a href={node.href}>{children}</a>
}

function shorten(text: string): string {
  return text.length <= 34 ? text : `${text.slice(0, 33)}…`
}

interface Layout {
  readonly places: readonly {
    readonly node: GraphNode
    readonly x: number
    readonly y: number
    readonly width: number
  }[]
  readonly lines: readonly { readonly id: string; readonly path: string }[]
  readonly width: number
  readonly height: number
}

function layOut(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Layout {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 36, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of nodes) graph.setNode(node.id, { width: widthOf(node), height: nodeHeight })
  for (const [index, { from, to }] of edges.entries()) {
    if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to, {}, String(index))
  }
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number }
  return {
    places: nodes.map((node) => {
      const { x, y } = graph.node(node.id) as { readonly x: number; readonly y: number }
      return { node, x, y, width: widthOf(node) }
    }),
    lines: graph.edges().map((edge) => {
      const { points } = graph.edge(edge) as { readonly points: readonly { readonly x: number; readonly y: number }[] }
      return { id: `${edge.v} ${edge.w} ${edge.name}`, path: `M${points.map(({ x, y }) => `${x} ${y}`).join('L')}` }
    }),
    width,
    height,
  }
}

function widthOf({ label, detail = '' }: GraphNode): number {
  return Math.max(80, 16 + 7.4 * Math.max(shorten(label).length, 0.85 * shorten(detail).length))
}
