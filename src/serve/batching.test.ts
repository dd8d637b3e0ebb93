/** Requests that share runs: the same answers to the bit, long requests in pieces, one bad request harms no other. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPenguins } from '../../test/penguins.ts'
import { metric, type PenguinRegistry, penguin, penguinRegistry, post } from '../../test/served-penguins.ts'
import { models } from '../model/index.ts'
import { createModelServer, type ModelServer } from './index.ts'

let registry: PenguinRegistry
let server: ModelServer
let alone: ModelServer
let rows: readonly object[]

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.register({ epochs: 10 })
  const options = { models: [{ uri: 'models:/penguins/1' }], client: registry.client } as const
  server = await createModelServer(options)
  alone = await createModelServer({ ...options, maxBatchRows: 0 })
  rows = (await readPenguins()).toRecords()
})

afterAll(async () => {
  await server.close()
  await alone.close()
  await registry[Symbol.asyncDispose]()
})

const bodies = async (to: ModelServer, requests: readonly (readonly object[])[]): Promise<unknown[]> =>
  (await Promise.all(requests.map((request) => post(to, '/predict', request)))).map(({ body }) => body)

describe('requests at the same time', () => {
  it('get to the bit what they get alone, whatever comes with them', async () => {
    const request = fc.array(fc.nat({ max: 343 }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 40 }), async (chosen) => {
        const requests = chosen.map((positions) => positions.map((position) => rows[position]!))
        const expected: unknown[] = []
        for (const one of requests) expected.push(...(await bodies(alone, [one])))
        expect(await bodies(server, requests)).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })

  it('share runs', async () => {
    const before = (await metric(server, 'millrace_run_requests_count'))['']!
    await bodies(
      server,
      Array.from({ length: 64 }, () => [penguin]),
    )
    const runs = (await metric(server, 'millrace_run_requests_count'))['']! - before
    expect(runs).toBeLessThan(64)
    const apart = (await metric(alone, 'millrace_run_requests_count'))['']!
    await bodies(
      alone,
      Array.from({ length: 10 }, () => [penguin]),
    )
    expect((await metric(alone, 'millrace_run_requests_count'))['']! - apart).toBe(10)
  })

  it('do not suffer from one that does not fit', async () => {
    const requests = [[penguin], [{ ...penguin, sex: 1 }], [penguin]]
    const replies = await Promise.all(requests.map((request) => post(server, '/predict', request)))
    expect(replies.map(({ status }) => status)).toEqual([200, 400, 200])
  })
})

describe('a request of more rows than a run takes', () => {
  it('is answered in order, as its rows are alone', async () => {
    const many = Array.from({ length: 9000 }, (_, position) => rows[(position * 7) % 344]!)
    const [first] = (await bodies(server, [many])) as { predictions: unknown[] }[]
    const [all] = (await bodies(server, [rows])) as { predictions: unknown[] }[]
    expect(first!.predictions).toEqual(many.map((_, position) => all!.predictions[(position * 7) % 344]))
  })
})

describe('models of any shape', () => {
  it.each([
    ...[[], [3], [17, 5], [64, 33], [256]].map((hidden) => ['mlp-classifier', { hidden, epochs: 1 }] as const),
    ...[1, 120].map((nEstimators) => ['gradient-boosting-classifier', { nEstimators }] as const),
  ])('answer alike alone and together: %s %j', async (kind, options) => {
    const { model } = await models
      .get(kind)({ target: 'species', ...options })
      .train(await readPenguins())
    await using _ = model
    const uri = await model.save(`${registry.folder}/${kind}-${Object.values(options).join('-')}`)
    const wide = await createModelServer({ models: [{ uri }] })
    const requests = rows.slice(0, 50).map((row) => [row])
    const expected: unknown[] = []
    for (const request of requests) expected.push(...(await bodies(wide, [request])))
    expect(await bodies(wide, requests)).toEqual(expected)
    await wide.close()
  })
})
