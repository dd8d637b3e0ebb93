import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkFlow, findProblems, flow, type FlowDefinition } from './index.ts'

const nothing = (): void => undefined
const one = flow('training').step('load', nothing)

const wrong: [problem: RegExp, flow: { readonly definition: FlowDefinition }][] = [
  [/name of the flow is "my flow"/, flow('my flow').step('a', nothing)],
  [/has no steps/, flow('training')],
  [/step "a b" has a name that does not fit/, flow('training').step('a b', nothing)],
  [/step "_hidden" has a name that does not fit/, flow('training').step('_hidden', nothing)],
  [/step "data" has a reserved name/, flow('training').step('data', nothing)],
  [/step "NUL" has the name of a device of Windows/, flow('training').step('NUL', nothing)],
  [/name of the flow is "aux", a device of Windows/, flow('aux').step('a', nothing)],
  [/step "load" is there twice/, one.step('load' as string, nothing)],
  [
    /step "load" is there twice/,
    one.branches({ a: (branch) => branch.step('load' as string, nothing) }).join('j', nothing),
  ],
  [/steps "load" and "Load" differ in capitals only/, one.step('Load', nothing)],
  [
    /foreach "each" is not joined/,
    unjoined(
      one.foreach(
        'each',
        () => [1],
        (body) => body.step('a', nothing),
      ),
    ),
  ],
  [
    /branches left, right are not joined/,
    unjoined(one.branches({ left: (b) => b.step('a', nothing), right: (b) => b.step('b', nothing) })),
  ],
  [
    /foreach "each" has no steps/,
    one
      .foreach(
        'each',
        () => [1],
        (body) => body,
      )
      .join('j', nothing),
  ],
  [/split into branches has no steps in "left"/, one.branches({ left: (branch) => branch }).join('j', nothing)],
  [/split into branches has none/, one.branches({}).join('j', nothing)],
  [/switch "choose" has no cases/, one.switch('choose', () => 'a' as never, {})],
  [/loop "again" has no steps/, one.loop('again', (body) => body, { until: () => true })],
  [
    /loop "again" has maxIterations 0/,
    one.loop('again', (body) => body.step('a', nothing), { until: () => true, maxIterations: 0 }),
  ],
  [/step "a" is to be tried again -1 times/, one.step('a', { retry: -1 }, nothing)],
  [/step "a" is to be tried again 1.5 times/, one.step('a', { retry: { times: 1.5 } }, nothing)],
  [/step "a": Cannot read the duration "soon"/, one.step('a', { retry: { minDelay: 'soon' } }, nothing)],
  [/waits between retries that do not fit/, one.step('a', { retry: { minDelay: '1h' } }, nothing)],
  [/step "a": Cannot read the duration "10 minutes"/, one.step('a', { timeout: '10 minutes' }, nothing)],
  [/step "a": .*"30d" is longer than the 24 days/, one.step('a', { timeout: '30d' }, nothing)],
  [/step "a": .*"10000000000" is longer than the 24 days/, one.step('a', { retry: { maxDelay: 1e10 } }, nothing)],
  [/step "a" has the timeout 0/, one.step('a', { timeout: 0 }, nothing)],
  [/catches its error as "parameters"/, one.step('a', { catch: 'parameters' }, nothing)],
  [
    /"each" is a foreach, whose error cannot be caught/,
    one
      .foreach(
        'each',
        { catch: 'e' } as object,
        () => [1],
        (body) => body.step('a', nothing),
      )
      .join('j', nothing),
  ],
  [
    /parameter "max-workers" has the name of an option/,
    flow('training', { parameters: { 'max-workers': z.number() } }).step('a', nothing),
  ],
  [
    /parameter "cache" has the name of an option/,
    flow('training', { parameters: { cache: z.number() } }).step('a', nothing),
  ],
  [
    /parameters "batchSize" and "batch_size" are one name/,
    flow('training', { parameters: { batchSize: z.number(), batch_size: z.number() } }).step('a', nothing),
  ],
]

describe('the checks of a flow', () => {
  it.each(wrong)('find: %s', (problem, { definition }) => {
    expect(findProblems(definition)).toEqual([expect.stringMatching(problem)])
    expect(() => checkFlow(definition, 'training.ts')).toThrow(/^The flow ".*" in training\.ts cannot run: /)
    expect(() => checkFlow(definition)).toThrow(expect.objectContaining({ code: 'INVALID_FLOW' }))
  })

  it('list everything at once', () => {
    const { definition } = flow('my flow').step('a b', { timeout: 0 }, nothing)
    expect(findProblems(definition)).toHaveLength(3)
  })

  it('pass a flow with everything in it', () => {
    const { definition } = one
      .foreach(
        'each',
        () => [1],
        (body) => body.step('fit-it', { retry: 5, timeout: '1.5h', cache: true }, nothing),
      )
      .join('collect', { catch: 'error' }, nothing)
      .switch('choose', () => 'a', { a: (branch) => branch })
    expect(findProblems(definition)).toEqual([])
    expect(Object.isFrozen(definition.graph[1])).toBe(true)
    expect(() => checkFlow(definition)).not.toThrow()
  })
})

/** A split as a flow, which the compiler refuses and JavaScript does not. */
function unjoined(split: object): { readonly definition: FlowDefinition } {
  return split as { readonly definition: FlowDefinition }
}
