/** Graphs: every node is shown, edges go from left to right, loops come back. */
import * as fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { graph, renderComponent } from './index.ts'

type Edge = readonly [string, string]

describe('a graph', () => {
  it('shows each node with its detail and status, and each edge', async () => {
    const { nodes, paths, description } = await drawn(
      ['start', 'train', 'end'],
      [
        ['start', 'train'],
        ['train', 'end'],
        ['end', 'of nothing'],
      ],
    )
    expect([...nodes.keys()]).toEqual(['start', 'train', 'end'])
    expect(paths).toHaveLength(2)
    expect(description).toContain('start to train, train to end')
    const text = await renderComponent(
      graph({ nodes: [{ id: 'a', label: 'Load', detail: '2 s', status: 'failed' }], edges: [] }),
    )
    const { document } = parseHTML(`<!doctype html><html><body>${text}</body></html>`)
    expect([...document.querySelectorAll('.failed text')].map((line) => line.textContent)).toEqual(['Load', '2 s'])
  })

  it('draws parallel branches below each other, between where they part and where they join', async () => {
    const edges: Edge[] = ['a', 'b', 'c'].flatMap((id): Edge[] => [
      ['start', id],
      [id, 'join'],
    ])
    const { nodes } = await drawn(['start', 'a', 'b', 'c', 'join'], [...edges, ['start', 'join']])
    const [start, a, b, c, join] = ['start', 'a', 'b', 'c', 'join'].map((id) => nodes.get(id) ?? { x: NaN, y: NaN })
    expect(a?.x).toBe(b?.x)
    expect(b?.x).toBe(c?.x)
    expect(new Set([a?.y, b?.y, c?.y]).size).toBe(3)
    expect(start?.x).toBeLessThan(a?.x ?? 0)
    expect(join?.x).toBeGreaterThan(a?.x ?? Infinity)
  })

  it('comes back below where there is a loop', async () => {
    const { nodes, paths } = await drawn(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
        ['c', 'c'],
      ],
    )
    expect([...nodes.values()].map(({ x }) => x)).toEqual([...nodes.values()].map(({ x }) => x).sort((a, b) => a - b))
    expect(paths.filter((path) => path.hasAttribute('stroke-dasharray'))).toHaveLength(2)
  })

  it('places all nodes apart and all edges forwards, loops aside', async () => {
    const ids = Array.from({ length: 8 }, (_, i) => `n${i}`)
    const id = fc.constantFrom(...ids)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(id, id), { maxLength: 20, selector: String }), async (edges) => {
        const { nodes, paths } = await drawn(ids, edges)
        expect(new Set([...nodes.values()].map(({ x, y }) => `${x},${y}`)).size).toBe(ids.length)
        expect(paths).toHaveLength(edges.length)
        edges.forEach(([from, to], i) => {
          const isForward = (nodes.get(from)?.x ?? 0) < (nodes.get(to)?.x ?? 0)
          expect(paths[i]?.hasAttribute('stroke-dasharray')).toBe(!isForward)
        })
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['nothing', []],
    ['one node', ['a']],
  ])('can be of %s', async (_, ids) => {
    const { nodes } = await drawn(ids, [])
    expect(nodes.size).toBe(ids.length)
  })
})

/** The corners of the nodes by name, and the lines, as drawn. */
async function drawn(ids: readonly string[], edges: readonly Edge[]): Promise<Drawing> {
  const text = await renderComponent(graph({ nodes: ids.map((id) => ({ id })), edges }))
  expect(text).not.toMatch(/NaN|undefined|Infinity/)
  const { document } = parseHTML(`<!doctype html><html><body>${text}</body></html>`)
  const groups = [...document.querySelectorAll('.node')]
  return {
    nodes: new Map(
      groups.map((group) => {
        const box = group.querySelector('rect')
        return [group.textContent.trim(), { x: Number(box?.getAttribute('x')), y: Number(box?.getAttribute('y')) }]
      }),
    ),
    paths: [...document.querySelectorAll('.edges path')],
    description: document.querySelector('svg')?.getAttribute('aria-label') ?? '',
  }
}

interface Drawing {
  readonly nodes: ReadonlyMap<string, { readonly x: number; readonly y: number }>
  readonly paths: readonly { hasAttribute(name: string): boolean }[]
  readonly description: string
}
