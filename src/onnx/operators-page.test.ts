import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases, type Use } from '../../test/reference/tensor-cases.ts'
import { input, primitives, type Tensor } from '../tensor/index.ts'
import { decodeModel, lower, OnnxGraph } from './index.ts'

const page = readFileSync(new URL('../../docs/operators.md', import.meta.url), 'utf8')

interface Row {
  readonly name: string
  readonly gradient: string
  readonly operators: readonly string[]
}

/** The rows of the first table: | `name` | formula | gradient | operators | */
function rowsOfPage(): Row[] {
  return [...page.matchAll(/^\| `(\w+)`[^|]*\|(?:[^|]|\\\|)*\| (yes|no)[^|]*\|([^|]*)\|$/gm)].map(
    ([, name, gradient, operators]) => ({
      name: name!,
      gradient: gradient!,
      operators: [...operators!.matchAll(/`(\w+)`/g)].map(([, operator]) => operator!),
    }),
  )
}

function usesOf(name: string): readonly Use[] {
  return fc.sample(cases[name]!.uses, { numRuns: 200, seed: 1 })
}

function build(use: Use): { readonly inputs: readonly Tensor[]; readonly result: Tensor } {
  const inputs = use.operands.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype))
  return { inputs, result: use.build(...inputs) }
}

/** The ONNX operators that `name` is written with, over all uses that are not written with nothing. */
function operatorsOf(name: string): string[] {
  const found = new Set<string>()
  for (const use of usesOf(name)) {
    const { inputs, result } = build(use)
    if (result.source.kind !== 'operation' || result.source.rule.name !== name) continue
    const graph = new OnnxGraph('one')
    lower(graph, [result], new Map(inputs.map((x, i) => [x, graph.input(`x${i}`, x.dtype, x.shape)])))
    for (const { opType } of decodeModel(graph.toBytes()).graph.node) found.add(opType)
  }
  return [...found].toSorted()
}

/** Whether the rule gives a gradient by one of its operands, in any of its uses. */
function hasGradient(name: string): boolean {
  return usesOf(name).some((use) => {
    const { result } = build(use)
    const { source } = result
    if (source.kind !== 'operation' || source.rule.name !== name) return false
    const upstream = input('upstream', result.shape, result.dtype)
    return source.rule.gradient({ ...source, output: result }, upstream).some((gradient) => gradient !== null)
  })
}

describe('docs/operators.md', () => {
  it('has a row for every primitive, in order', () => {
    expect(rowsOfPage().map(({ name }) => name)).toEqual(primitives.map(({ name }) => name))
  })

  it.each(rowsOfPage())('tells the ONNX operators of $name', ({ name, operators }) => {
    const written = operatorsOf(name)
    expect(operators.toSorted()).toEqual(expect.arrayContaining(written))
  })

  it.each(rowsOfPage())('tells whether $name has a gradient', ({ name, gradient }) => {
    expect(hasGradient(name) ? 'yes' : 'no').toBe(gradient)
  })
})
