import { describe, expect, it } from 'vitest'
import { MillraceError } from '../core/index.ts'
import { exp, input, insideModule, isTraining, type Tensor, trace, updateBuffer, variable } from './index.ts'

const x = input('x', [2])
const [outer, inner, unnamed] = [{}, {}, {}]
const moduleNames = new Map([
  [outer, 'encoder'],
  [inner, 'encoder.0'],
])

function moduleOf(tensor: Tensor): string {
  return tensor.source.kind === 'operation' ? tensor.source.module : 'no operation'
}

describe('trace', () => {
  it('gives each operation the path of the module that made it', () => {
    const { result } = trace({ training: false, moduleNames }, () => [
      exp(x),
      ...insideModule(outer, () => [exp(x), insideModule(inner, () => exp(x)), exp(x)]),
    ])
    expect(result.map(moduleOf)).toEqual(['', 'encoder', 'encoder.0', 'encoder'])
  })

  it('lets a module without a name pass for the one around it', () => {
    const { result } = trace({ training: false, moduleNames }, () =>
      insideModule(outer, () => insideModule(unnamed, () => exp(x))),
    )
    expect(moduleOf(result)).toBe('encoder')
  })

  it('leaves nothing behind, even when it fails', () => {
    expect(() =>
      trace({ training: true, moduleNames }, () =>
        insideModule(outer, () => {
          throw new Error('stop')
        }),
      ),
    ).toThrow('stop')
    expect(isTraining()).toBe(false)
    expect(moduleOf(exp(x))).toBe('')
  })

  it('can be nested, each with its own mode', () => {
    const modes = trace({ training: true }, () => [
      isTraining(),
      trace({ training: false }, () => isTraining()).result,
      isTraining(),
    ])
    expect(modes.result).toEqual([true, false, true])
  })

  it('collects the buffer updates of a training step', () => {
    const runningMean = variable(new Float32Array(2), [2], 'float32')
    const { updates } = trace({ training: true }, () => updateBuffer(runningMean, exp(x)))
    expect([...updates.keys()]).toEqual([runningMean])
  })

  it('refuses a buffer update outside training', () => {
    const runningMean = variable(new Float32Array(2), [2], 'float32')
    const update = (): unknown => trace({ training: false }, () => updateBuffer(runningMean, exp(x)))
    expect(update).toThrow(
      new MillraceError('INVALID_GRAPH', 'A buffer can be updated only while a training step is traced.'),
    )
  })
})
