/** Charts: what is drawn is the data; what cannot be drawn is said; large data is reduced without changing its shape. */
import * as fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import {
  barChart,
  binnedHistogram,
  type Chart,
  heatmap,
  histogram,
  lineChart,
  renderComponent,
  renderDocument,
  scatterChart,
  section,
  table,
} from './index.ts'

describe('a line chart', () => {
  it('has one line and its points a series, told apart without colour', async () => {
    const chart = lineChart([
      { name: 'training', y: [3, 2, 1] },
      { name: 'validation', y: [3, 2.5, 2] },
    ])
    const { document } = await drawn(chart)
    const lines = [...document.querySelectorAll('figure > svg g[fill="none"] > path')].filter((path) =>
      path.getAttribute('d')?.startsWith('M52'),
    )
    expect(lines).toHaveLength(2)
    expect(document.querySelectorAll('circle')).toHaveLength(6)
    expect(document.querySelectorAll('[stroke-dasharray]')).toHaveLength(1)
    expect(document.querySelector('figure > svg')?.textContent).toMatch(/012$/)
    expect(document.querySelector('.legend')?.textContent).toBe('trainingvalidation')
  })

  it('breaks where a value is missing', async () => {
    const { document } = await drawn(lineChart([{ name: 'x', y: [1, 2, NaN, 3, 4] }]))
    const path = [...document.querySelectorAll('path')].map((path) => path.getAttribute('d') ?? '')
    expect(path.filter((d) => (d.match(/M/g) ?? []).length === 2)).toHaveLength(1)
    expect(document.querySelectorAll('circle')).toHaveLength(4)
  })

  it('goes over time', async () => {
    const days = Array.from({ length: 10 }, (_, i) => new Date(Date.UTC(2026, 10, i + 1)))
    const { document } = await drawn(lineChart([{ name: 'x', x: days, y: days.map((_, i) => i) }]))
    expect(document.querySelector('svg')?.textContent).toContain('Nov')
  })

  it('keeps order, ends, extremes and gaps when it has many points', () => {
    const values = fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
        { weight: 1, arbitrary: fc.constant(NaN) },
      ),
      { minLength: 1001, maxLength: 3000 },
    )
    fc.assert(
      fc.property(values, (y) => {
        const points = lineChart([{ name: 'x', y }]).series[0]?.points ?? []
        expect(points.length).toBeLessThanOrEqual(1000)
        const xs = points.map(({ x }) => Number(x))
        expect(xs).toEqual([...xs].sort((a, b) => a - b))
        const finite = y.filter((value) => !Number.isNaN(value))
        const kept = points.map((point) => point.y).filter((value) => !Number.isNaN(value))
        expect(Math.max(...kept)).toBe(Math.max(...finite))
        expect(Math.min(...kept)).toBe(Math.min(...finite))
        expect(xs[0]).toBe(0)
        expect(points.some((point) => Number.isNaN(point.y))).toBe(y.some((value) => Number.isNaN(value)))
      }),
      { numRuns: 30 },
    )
  })
})

describe('a histogram', () => {
  it('has a step for each bin, of each series, over the same bins', async () => {
    const chart = histogram(
      [
        { name: 'reference', values: [0, 1, 2, 3, 4, 5, 6, 7], reference: true },
        { name: 'current', values: Float64Array.of(4, 5, 6, 14) },
      ],
      { bins: 7 },
    )
    expect(chart.edges).toEqual([0, 2, 4, 6, 8, 10, 12, 14])
    expect(chart.series.map(({ counts }) => counts)).toEqual([
      [2, 2, 2, 2, 0, 0, 0],
      [0, 0, 2, 1, 0, 0, 1],
    ])
    const { document } = await drawn(chart)
    const corners = [...document.querySelectorAll('path[d^="M52"]')].map((path) => path.getAttribute('d')?.match(/L/g))
    expect(corners.map((found) => found?.length)).toEqual([15, 15])
    expect(document.querySelector('svg')?.textContent).toContain('50%')
  })

  it('counts every finite value once', () => {
    const values = fc.array(fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 })), { maxLength: 60 })
    fc.assert(
      fc.property(values, values, fc.integer({ min: 1, max: 30 }), (first, second, bins) => {
        const chart = histogram(
          [first, second].map((values, i) => ({ name: `${i}`, values })),
          { bins },
        )
        const counted = chart.series.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))
        expect(counted).toEqual(
          [first, second].map((values) => values.filter((value) => Number.isFinite(value)).length),
        )
        expect(chart.edges).toEqual([...chart.edges].sort((a, b) => a - b))
      }),
    )
  })

  it('of one series has counts, of bins of unequal width density', async () => {
    const even = await drawn(binnedHistogram({ edges: [0, 1, 2], series: [{ name: 'x', counts: [300, 100] }] }))
    expect(even.document.querySelector('svg')?.textContent).toContain('count')
    const uneven = await drawn(binnedHistogram({ edges: [0, 1, 3], series: [{ name: 'x', counts: [2, 2] }] }))
    expect(uneven.document.querySelector('svg')?.textContent).toContain('density')
    const heights = [...uneven.document.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('height')))
    expect(heights[0]).toBeCloseTo(2 * (heights[1] ?? 0), 0)
  })
})

describe('a bar chart', () => {
  const series = [
    { name: 'reference', values: [0.25, 0.75], reference: true },
    { name: 'current', values: [0.5, 0.5] },
  ]

  it('has bars as high as the values', async () => {
    const { document } = await drawn(barChart({ categories: ['a', 'b'], series }, { percent: true }))
    const heights = [...document.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('height')))
    expect(heights).toHaveLength(4)
    expect(heights[1]).toBeCloseTo(3 * (heights[0] ?? 0), 0)
    expect(heights[2]).toBeCloseTo(heights[3] ?? 0, 0)
    expect(document.querySelector('svg')?.textContent).toContain('60%')
  })

  it('lies where names are long, and shortens the very long', async () => {
    const categories = ['a name of some length', `one that is ${'very '.repeat(10)}long`]
    const { document } = await drawn(barChart({ categories, series }))
    const widths = [...document.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('width')))
    expect(widths[1]).toBeCloseTo(3 * (widths[0] ?? 0), 0)
    expect(document.querySelector('svg')?.textContent).toContain('one that is very ve…')
  })

  it('keeps categories apart that have one name', async () => {
    const { document } = await drawn(barChart({ categories: ['x', 'x'], series }))
    expect(document.querySelectorAll('rect')).toHaveLength(4)
  })
})

describe('a scatter chart', () => {
  it('has a point for each pair and shapes for its series', async () => {
    const { document } = await drawn(
      scatterChart([
        { name: 'Adelie', x: [1, 2], y: [3, 4] },
        { name: 'Gentoo', x: [1, 2, 3], y: [3, NaN, 5] },
      ]),
    )
    const shapes = [...document.querySelectorAll('figure > svg g[stroke^="var"]')]
    expect(shapes.map((group) => group.children.length)).toEqual([2, 2])
    expect(document.querySelectorAll('.legend svg')).toHaveLength(2)
  })

  it('draws at most 2000 points and says so', async () => {
    const y = Float32Array.from({ length: 30_000 }, (_, i) => Math.sin(i))
    const { document } = await drawn(scatterChart([{ name: 'x', y }]))
    expect(document.querySelectorAll('circle')).toHaveLength(2000)
    expect(document.querySelector('.note')?.textContent).toBe('2000 of 30,000 points.')
  })
})

describe('a heatmap', () => {
  it('has a shade and a number for each cell', async () => {
    const values = [
      [80_004, 20_001],
      [0, -40_002],
    ]
    const { document } = await drawn(heatmap({ rows: ['a', 'b'], columns: ['a', 'b'], values }))
    const shades = [...document.querySelectorAll('rect')].map((cell) => Number(cell.getAttribute('fill-opacity') ?? 1))
    expect(shades).toEqual([1, 0.25, 0, 0.5])
    const labels = [...document.querySelectorAll('text')].map((label) => label.textContent)
    expect(labels).toEqual(expect.arrayContaining(['80,004', '20,001', '0', '−40,002', 'a', 'b']))
  })
})

describe('labels', () => {
  it.each([
    [12_000_000, '10M'],
    [0.000_012, '1e-5'],
    [12, '10'],
  ])('of values up to %d are short', async (greatest, label) => {
    const { document } = await drawn(lineChart([{ name: 'x', y: [0, greatest] }]))
    expect([...document.querySelectorAll('text')].map((text) => text.textContent)).toContain(label)
  })
})

describe('every chart', () => {
  const nothing: readonly [string, Chart][] = [
    ['line', lineChart([{ name: 'x', y: [NaN, Infinity] }])],
    ['scatter', scatterChart([])],
    ['bars', barChart({ categories: [], series: [] })],
    ['histogram', histogram([{ name: 'x', values: [] }])],
    ['heatmap', heatmap({ rows: [], columns: [], values: [] })],
  ]
  it.each(nothing)('says that it has nothing to show: %s', async (_, chart) => {
    const { document } = await drawn(chart)
    expect(document.querySelectorAll('svg')).toHaveLength(0)
    expect(document.querySelector('.note')?.textContent).toBe('No values to show.')
  })

  const one: readonly [string, Chart][] = [
    ['line', lineChart([{ name: 'loss', y: [5] }], { title: 'T', xLabel: 'epoch' })],
    ['scatter', scatterChart([{ name: 'loss', y: [5] }], { title: 'T', xLabel: 'epoch' })],
    ['bars', barChart({ categories: ['a'], series: [{ name: 'loss', values: [0] }] }, { title: 'T', xLabel: 'epoch' })],
    ['histogram', histogram([{ name: 'loss', values: [5, 5] }], { title: 'T', xLabel: 'epoch' })],
  ]
  it.each(one)('draws a single value and describes itself: %s', async (_, chart) => {
    const { document } = await drawn(chart)
    const svg = document.querySelector('figure > svg')
    expect(svg?.getAttribute('role')).toBe('img')
    expect(svg?.getAttribute('aria-label')).toMatch(/T: epoch: loss$/)
    expect(svg?.outerHTML).not.toMatch(/NaN|undefined|Infinity/)
    expect(svg?.querySelectorAll('rect, circle').length).toBeGreaterThan(0)
  })

  it.each(one)('can be drawn without axes for a table: %s', async (_, chart) => {
    const { document } = await drawn({ ...chart, compact: true })
    expect(document.querySelectorAll('figure, text')).toHaveLength(0)
    expect(document.querySelector('svg')?.getAttribute('width')).toBe('120')
  })

  it('refuses data that does not fit', () => {
    const wrong = expect.objectContaining({ code: 'INVALID_ARGUMENT' })
    expect(() => lineChart([{ name: 'loss', x: [1, 2], y: [1] }])).toThrow(
      'y of "loss" has 1 values, but there are 2 x',
    )
    expect(() => barChart({ categories: ['a'], series: [{ name: 'x', values: [] }] })).toThrow(wrong)
    expect(() => binnedHistogram({ edges: [0, 1], series: [{ name: 'x', counts: [1, 2] }] })).toThrow(wrong)
    expect(() => heatmap({ rows: ['a'], columns: ['b'], values: [[1, 2]] })).toThrow(wrong)
  })

  it('is small: twenty columns with a chart each fit in 300 kB', async () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) + Math.sin(i * 7.3))
    const charts = Array.from({ length: 20 }, (_, i) =>
      histogram(
        [
          { name: 'reference', values, reference: true },
          { name: 'current', values: values.map((value) => value * 1.3) },
        ],
        { title: `column ${i}`, bins: 30 },
      ),
    )
    const rows = charts.map((chart, i) => [`column ${i}`, i / 20, { ...chart, compact: true }])
    const components = [table({ columns: ['column', 'score', 'distribution'], rows }), section('Columns', charts)]
    const text = await renderDocument({ title: 'Drift', components })
    expect(text.length).toBeLessThan(300_000)
  })
})

async function drawn(chart: Chart): Promise<{ document: ReturnType<typeof parseHTML>['document'] }> {
  return parseHTML(`<!doctype html><html><body>${await renderComponent(chart)}</body></html>`)
}
