/** Requests that `mlflow models serve` was sent, and what it answered: see test/reference/serve.ts. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describedBy } from '../../test/openapi.ts'
import { trainReferenceModels } from '../../test/reference/model.ts'
import { referenceRequests, type ServeReference, toRequest } from '../../test/reference/serve.ts'
import { post } from '../../test/served-penguins.ts'
import { createModelServer, type ModelServer } from './index.ts'

const reference = JSON.parse(
  readFileSync(new URL('../../test/reference/serve.json', import.meta.url), 'utf8'),
) as ServeReference

let folder: string
let classifier: ModelServer
let regressor: ModelServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-mlflow-answers-'))
  const models = await trainReferenceModels()
  const serve = async (name: keyof typeof models): Promise<ModelServer> =>
    await createModelServer({ models: [{ uri: await models[name].save(join(folder, name)) }] })
  classifier = await serve('classifier')
  regressor = await serve('regressor')
})

afterAll(async () => {
  await classifier.close()
  await regressor.close()
  await rm(folder, { recursive: true, force: true })
})

interface Body {
  readonly error_code?: string
  readonly message?: string
  readonly predictions?: unknown
}

async function ask(server: ModelServer, name: string): Promise<{ status: number; body: unknown }> {
  const response = await server.fetch(toRequest('http://localhost', referenceRequests[name]!))
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
}

/** Numbers may differ in their last bits on another processor. */
function near(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 4)
  if (Array.isArray(value)) return value.map(near)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, near(entry)]))
}

function numbersOf(body: unknown): number[] {
  return (body as { predictions: { prediction: number[] } }).predictions.prediction
}

/** Python lists a set in any order. */
function beginning(message: string): string {
  return message.replaceAll(/\{.*?\}/g, '{…}').slice(0, 70)
}

const answered = Object.entries(reference.classifier)

describe("MLflow's answers", () => {
  it.each(answered.map(([name, { status }]) => [status, name] as const))(
    'have the status %d for %s',
    async (status, name) => {
      expect((await ask(classifier, name)).status).toBe(status)
    },
  )

  const predictions = answered.filter(([, { body }]) => typeof body === 'object')
  it.each(predictions.filter(([, { status }]) => status === 200))(
    'have the same predictions for %s',
    async (name, { body }) => {
      expect((await ask(classifier, name)).body).toEqual(near(body))
    },
  )

  it('have the same predictions for numbers', async () => {
    const theirs = numbersOf(reference.regressor['dataframe_split']!.body)
    const ours = numbersOf((await ask(regressor, 'dataframe_split')).body)
    expect(ours).toHaveLength(theirs.length)
    ours.forEach((value, row) => expect(value / theirs[row]!).toBeCloseTo(1, 5))
  })

  it('of numbers are described as OpenAPI', async () => {
    for (const { path, example, takes, gives } of (await describedBy(regressor)).posts) {
      const { status, body } = await post(regressor, path, example)
      expect([status, takes(JSON.parse(example!)), gives(200, body)]).toEqual([200, true, true])
    }
  })

  const codes = answered.filter(([, { status, body }]) => status === 400 && (body as Body).error_code === 'BAD_REQUEST')
  it.each(codes.map(([name]) => name))('have an error code and a message for %s', async (name) => {
    const body = (await ask(classifier, name)).body as Body
    expect(body.error_code).toBe('BAD_REQUEST')
    expect(body.message).toMatch(/.{20}/)
  })

  it.each(['two formats', 'no format', 'a list', 'split that is a list', 'records that are an object', 'broken JSON'])(
    'begin their message as ours does for %s',
    async (name) => {
      const theirs = (reference.classifier[name]!.body as Body).message!
      const ours = ((await ask(classifier, name)).body as Body).message!
      expect(beginning(ours)).toBe(beginning(theirs))
    },
  )

  it('name the columns that are missing', async () => {
    const theirs = reference.classifier['a missing column']!.body as Body
    const ours = (await ask(classifier, 'a missing column')).body as Body
    expect(ours.error_code).toBe(theirs.error_code)
    const sentence = "Model is missing inputs ['sex']."
    expect(theirs.message).toContain(sentence)
    expect(ours.message).toContain(sentence)
  })

  it('say nothing but a line break where the server is alive', async () => {
    expect((await ask(classifier, 'GET /ping')).body).toBe(reference.classifier['GET /ping']!.body)
    expect((await ask(classifier, 'GET /health')).body).toBe(reference.classifier['GET /health']!.body)
  })
})
