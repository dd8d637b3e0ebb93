import { describe, expect, it } from 'vitest'
import { MillraceError } from '../core/index.ts'
import {
  add,
  checkGraph,
  exp,
  input,
  insideModule,
  mul,
  type Rule,
  sum,
  Tensor,
  topologicalOrder,
  trace,
} from './index.ts'

const x = input('x', [2, 3])

function chain(length: number): Tensor {
  let tensor = x
  for (let i = 0; i < length; i++) tensor = exp(tensor)
  return tensor
}

describe('topologicalOrder', () => {
  it('lists every tensor once, after its inputs, in the order the graph was written', () => {
    const a = exp(x)
    const b = mul(a, x)
    const c = add(b, a)
    expect(topologicalOrder([c, b])).toEqual([x, a, b, c])
    expect(topologicalOrder([b, c])).toEqual([x, a, b, c])
  })

  it('takes a tensor that is used late by way of its first use', () => {
    const late = exp(x)
    const early = exp(late)
    expect(topologicalOrder([add(late, early)]).slice(0, 3)).toEqual([x, late, early])
  })

  it('walks graphs that are too deep for the call stack', () => {
    expect(topologicalOrder([chain(50_000)])).toHaveLength(50_001)
  })
})

describe('checkGraph', () => {
  it('accepts what the operations make', () => {
    expect(() => checkGraph([sum(mul(exp(x), 2)), chain(20_000)], 'tracing')).not.toThrow()
  })

  it('names the pass, the operation and both types where one was falsified', () => {
    const honest = sum(x, { axes: [0] })
    const falsified = new Tensor({ shape: [2], dtype: 'float32' }, honest.source)
    expect(() => checkGraph([exp(falsified)], 'folding')).toThrow(
      new MillraceError('INVALID_GRAPH', 'after folding: "sum" has type float32[2], its rule says float32[3].'),
    )
    const retyped = new Tensor({ shape: [3], dtype: 'float64' }, honest.source)
    expect(() => checkGraph([retyped], 'folding')).toThrow('has type float64[3], its rule says float32[3].')
  })

  it('refuses an operation that is no primitive, and names its module', () => {
    const foreign: Rule = {
      name: 'convolve',
      infer: () => ({ shape: [2, 3], dtype: 'float32' }),
      gradient: () => [null],
      lower: () => '',
    }
    const layer = {}
    const { result } = trace({ training: false, moduleNames: new Map([[layer, 'features.1']]) }, () =>
      insideModule(layer, () => exp(x)),
    )
    const { source } = result
    if (source.kind !== 'operation') throw new Error('exp makes an operation')
    const disguised = new Tensor(result, { ...source, rule: foreign })
    expect(() => checkGraph([disguised], 'tracing')).toThrow(
      'after tracing: "convolve" in module "features.1" is not one of the primitives.',
    )
  })
})
