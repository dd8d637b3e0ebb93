/** Places the nodes of a directed graph in layers from left to right, after Sugiyama, Tagawa and Toda (1981). */

export interface GraphLayout {
  /** The layer of each node, and its position in the layer; the middle of every layer is 0. */
  readonly places: ReadonlyMap<string, Place>
  /** The places each edge goes through, from its source to its target. */
  readonly routes: readonly Route[]
}

export interface Place {
  readonly layer: number
  readonly position: number
}

export interface Route {
  readonly places: readonly Place[]
  /** It leads to its own source or to one of that node's ancestors, such as the way back of a loop. */
  readonly isBack: boolean
}

export type Edge = readonly [from: string, to: string]

/** Edges that name a node which is not in `ids` are left out. Takes time in O(nodes × edges) at worst. */
export function layOut(ids: readonly string[], edges: readonly Edge[]): GraphLayout {
  const known = new Set(ids)
  const valid = edges.filter(([from, to]) => known.has(from) && known.has(to))
  const back = backEdges(ids, valid)
  const layers = layersOf(
    ids,
    valid.filter((edge) => !back.has(edge)),
  )
  const routes = valid.map((edge) => {
    const isBack = back.has(edge)
    return { isBack, chain: isBack ? edge : chainOf(edge, layers) }
  })
  const links = routes.filter(({ isBack }) => !isBack).flatMap(({ chain }) => pairs(chain))
  const places = orderLayers(layers, links)
  const placeOf = (id: string): Place => places.get(id) ?? { layer: 0, position: 0 }
  return { places, routes: routes.map(({ chain, isBack }) => ({ places: chain.map(placeOf), isBack })) }
}

/** The edges that close a cycle on a walk in depth from each node in turn. */
function backEdges(ids: readonly string[], edges: readonly Edge[]): ReadonlySet<Edge> {
  const back = new Set<Edge>()
  const state = new Map<string, 'open' | 'done'>()
  const visit = (id: string): void => {
    state.set(id, 'open')
    for (const edge of edges.filter(([from]) => from === id)) {
      if (state.get(edge[1]) === 'open') back.add(edge)
      else if (!state.has(edge[1])) visit(edge[1])
    }
    state.set(id, 'done')
  }
  for (const id of ids) if (!state.has(id)) visit(id)
  return back
}

/** The length of the longest way to each node. */
function layersOf(ids: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const layers = new Map(ids.map((id) => [id, 0]))
  for (let changed = true; changed;) {
    changed = false
    for (const [from, to] of edges) {
      const least = (layers.get(from) ?? 0) + 1
      if ((layers.get(to) ?? 0) >= least) continue
      layers.set(to, least)
      changed = true
    }
  }
  return layers
}

/** The nodes an edge goes through: its ends, and one that is not shown in each layer between, entered in `layers`. */
function chainOf([from, to]: Edge, layers: Map<string, number>): string[] {
  const chain = [from]
  for (let layer = (layers.get(from) ?? 0) + 1; layer < (layers.get(to) ?? 0); layer++) {
    const id = `${layers.size}\0`
    layers.set(id, layer)
    chain.push(id)
  }
  return [...chain, to]
}

/** Orders each layer by the mean position of the nodes linked to it: forwards, backwards, forwards. */
function orderLayers(layers: ReadonlyMap<string, number>, links: readonly Edge[]): Map<string, Place> {
  const rows = Map.groupBy(layers.keys(), (id) => layers.get(id) ?? 0)
  const order = [...rows.keys()].sort((a, b) => a - b)
  const places = new Map<string, Place>()
  const place = (layer: number, ids: readonly string[]): void => {
    ids.forEach((id, i) => places.set(id, { layer, position: i - (ids.length - 1) / 2 }))
  }
  for (const layer of order) place(layer, rows.get(layer) ?? [])
  const sweep = (layer: number, end: 0 | 1): void => {
    const meanOf = (id: string): number => {
      const near = links.filter((link) => link[1 - end] === id).map((link) => places.get(link[end])?.position ?? 0)
      return near.length === 0 ? (places.get(id)?.position ?? 0) : near.reduce((a, b) => a + b, 0) / near.length
    }
    const means = new Map((rows.get(layer) ?? []).map((id) => [id, meanOf(id)]))
    place(
      layer,
      [...means.keys()]
        .sort((a, b) => (places.get(a)?.position ?? 0) - (places.get(b)?.position ?? 0))
        .sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0)),
    )
  }
  for (const layer of order) sweep(layer, 0)
  for (const layer of order.toReversed()) sweep(layer, 1)
  for (const layer of order) sweep(layer, 0)
  return places
}

function pairs(chain: readonly string[]): Edge[] {
  return chain.slice(1).map((to, i) => [chain[i] ?? to, to])
}
