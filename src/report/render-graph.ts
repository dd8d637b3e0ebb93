/** Draws directed graphs, such as the steps of a flow, from left to right. */
import type { Graph, GraphNode } from './graph.ts'
import { type GraphLayout, layOut, type Place, type Route } from './graph-layout.ts'
import { type Html, markup } from './html.ts'

const boxHeight = 48
const gap = { x: 44, y: 20 }

export function renderGraph({ nodes, edges, description }: Graph): Html {
  const layout = layOut(
    nodes.map(({ id }) => id),
    edges,
  )
  const { width, height, boxOf } = measure(nodes, layout)
  const lines = layout.routes.map((route) => renderEdge(route, boxOf))
  const boxes = nodes.map((node) => renderNode(node, boxOf(layout.places.get(node.id) ?? { layer: 0, position: 0 })))
  const words = description ?? `Graph: ${edges.map(([from, to]) => `${from} to ${to}`).join(', ')}`
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="Graph">
    <svg class="graph" role="img" aria-label="${words}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="min-width:${Math.round(0.6 * width)}px">
      <g class="edges">${lines}</g>
      ${boxes}</svg>
  </div>`
}

/** Where a node is drawn, in pixels. */
interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
}

interface Measures {
  readonly width: number
  readonly height: number
  readonly boxOf: (place: Place) => Box
}

/** A layer is as wide as its widest node, the drawing as high as its longest layer. */
function measure(nodes: readonly GraphNode[], { places, routes }: GraphLayout): Measures {
  const all = [...places.values(), ...routes.flatMap((route) => route.places)]
  const lowest = Math.max(0, ...all.map(({ position }) => position))
  const layers: Box[] = []
  let x = 2
  for (let layer = 0; layer <= Math.max(0, ...all.map(({ layer }) => layer)); layer++) {
    const width = Math.max(88, ...nodes.filter(({ id }) => places.get(id)?.layer === layer).map(widthOf))
    layers.push({ x, y: 0, width })
    x += width + gap.x
  }
  const below = routes.some(({ isBack }) => isBack) ? gap.y : 0
  return {
    width: x - gap.x + 2,
    height: (2 * lowest + 1) * (boxHeight + gap.y) + below,
    boxOf: ({ layer, position }) => {
      const { x, width } = layers[layer] ?? { x: 0, width: 0 }
      return { x, y: gap.y / 2 + (position + lowest) * (boxHeight + gap.y), width }
    },
  }
}

/** About as wide as its texts, in pixels. */
function widthOf({ id, label = id, detail = '' }: GraphNode): number {
  return Math.round(28 + Math.max(label.length * 7.8, detail.length * 6.6))
}

function renderNode({ id, label = id, detail, status }: GraphNode, { x, y, width }: Box): Html {
  const middle = x + width / 2
  return markup`<g class="node${status !== undefined && ` ${status}`}">
    <rect x="${x}" y="${y}" width="${width}" height="${boxHeight}" rx="8"/>
    <text x="${middle}" y="${y + (detail === undefined ? 28 : 21)}">${label}</text>
    ${detail !== undefined && markup`<text class="detail" x="${middle}" y="${y + 37}">${detail}</text>`}
  </g>\n`
}

function renderEdge({ places, isBack }: Route, boxOf: (place: Place) => Box): Html {
  const boxes = places.map(boxOf)
  const path = isBack ? pathBelow(boxes) : pathThrough(boxes)
  return markup`<path d="${path}"${isBack && markup` stroke-dasharray="4 3"`}/>\n`
}

/** From the right side of each to the left side of the next; straight through those between. */
function pathThrough(boxes: readonly Box[]): string {
  let path = ''
  boxes.forEach((to, i) => {
    const y = to.y + boxHeight / 2
    const from = boxes[i - 1]
    if (from !== undefined) {
      const bend = (from.x + from.width + to.x) / 2
      path += `C${bend},${from.y + boxHeight / 2} ${bend},${y} ${to.x},${y}`
    }
    if (i === 0) path += `M${to.x + to.width},${y}`
    else if (i < boxes.length - 1) path += `H${to.x + to.width}`
  })
  return path
}

/** From the lower side of the first to that of the last. */
function pathBelow(boxes: readonly Box[]): string {
  const [from, to] = [boxes[0], boxes.at(-1)]
  if (from === undefined || to === undefined) return ''
  const below = Math.max(from.y, to.y) + boxHeight + gap.y
  const spread = from.x === to.x ? from.width / 4 : 0
  const start = from.x + from.width / 2 + spread
  const end = to.x + to.width / 2 - spread
  return `M${start},${from.y + boxHeight}C${start},${below} ${end},${below} ${end},${to.y + boxHeight}`
}
