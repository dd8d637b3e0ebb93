import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFrom } from '../data/index.ts'
import { OnnxGraph, Session } from '../onnx/index.ts'
import { fitLabels, type FittedLabels, labelsFromJSON } from './index.ts'

describe('fitLabels', () => {
  it('numbers texts in order of their code points', () => {
    const labels = fitLabels(columnFrom('string', ['Gentoo', '😀', 'Adelie', '\uffee', 'Gentoo']))
    expect(labels.type).toBe('string')
    expect(labels.classes).toEqual(['Adelie', 'Gentoo', '\uffee', '😀'])
    expect(labels.encode(['Gentoo', 'Adelie'])).toEqual(BigInt64Array.of(1n, 0n))
    expect(labels.decode(BigInt64Array.of(1n, 0n))).toEqual(['Gentoo', 'Adelie'])
  })

  it('numbers longs by size and puts false before true', () => {
    const digits = columnFrom('long', [10, 9, -1, 9])
    expect(fitLabels(digits)).toMatchObject({ type: 'long', classes: ['-1', '9', '10'] })
    expect(fitLabels(digits).encode(digits)).toEqual(BigInt64Array.of(2n, 1n, 0n, 1n))
    const flags = columnFrom('boolean', [true, false, true])
    expect(fitLabels(flags)).toMatchObject({ type: 'boolean', classes: ['false', 'true'] })
    expect(fitLabels(flags).encode(flags)).toEqual(BigInt64Array.of(1n, 0n, 1n))
  })

  it('keeps unused categories of a column out', () => {
    const column = { type: 'string', codes: Int32Array.of(1, 1), categories: ['a', 'b'] } as const
    expect(fitLabels(column).classes).toEqual(['b'])
  })

  it('refuses missing labels, naming the row', () => {
    expect(() => fitLabels(['a', null])).toThrow('row 2: The label is missing.')
    expect(() => fitLabels(['a']).encode(columnFrom('long', [null]))).toThrow('row 1: The label is missing.')
  })

  it('refuses no rows, and numbers that are no classes', () => {
    expect(() => fitLabels([])).toThrow('there are no rows')
    expect(() => fitLabels(columnFrom('double', [1.5]))).toThrow('Labels are of the type double, expected string, long')
  })
})

describe('FittedLabels', () => {
  it('refuses an unknown label, naming row and classes', () => {
    const labels = fitLabels(['a', 'b'])
    expect(() => labels.encode(['a', 'b', 'c'])).toThrow('row 3: The label "c" is none of the classes: "a", "b".')
    const many = fitLabels(columnFrom('long', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]))
    expect(() => many.encode(['12'])).toThrow('"10" and 1 more.')
  })

  it('refuses a class number that does not exist', () => {
    expect(() => fitLabels(['a', 'b']).decode([0, 2])).toThrow('there is no class 2; the 2 classes')
    expect(() => fitLabels(['a']).decode([-1])).toThrow('there is no class -1')
  })

  it('decodes, in JavaScript and in a graph, what it has encoded, before and after storage', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 5 }).map((value) => value.replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        const fitted = fitLabels(texts)
        const labels = labelsFromJSON(JSON.parse(JSON.stringify(fitted)))
        const numbers = labels.encode(texts)
        const expected = texts.map((value) => value.toWellFormed())
        expect(numbers).toEqual(fitted.encode(texts))
        expect(labels.decode(numbers)).toEqual(expected)
        expect(await decodeInGraph(labels, numbers)).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('is not restored from what is no labels', () => {
    expect(() => labelsFromJSON({ type: 'double', classes: ['a'] })).toThrow('"type"')
    expect(() => labelsFromJSON({ type: 'string', classes: [] })).toThrow('"classes"')
    expect(() => labelsFromJSON({ type: 'string', classes: ['a', 'a'] })).toThrow('lists a class twice')
    expect(() => labelsFromJSON({ type: 'string', classes: ['a'], weights: [1] })).toThrow('"weights"')
  })
})

async function decodeInGraph(labels: FittedLabels, numbers: BigInt64Array): Promise<readonly unknown[]> {
  const graph = new OnnxGraph('decode')
  const name = labels.lowerDecode(graph, graph.input('number', 'int64', ['batch']))
  graph.output('label', name, 'string', ['batch'])
  await using session = await Session.load(graph.toBytes())
  const results = await session.run({ number: { dtype: 'int64', data: numbers, shape: [numbers.length] } })
  return results['label']!.data as readonly string[]
}
