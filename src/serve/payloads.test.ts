/** Rows in all the forms in which they are sent, good and bad ones. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PenguinRegistry, penguin, penguinRegistry, post } from '../../test/served-penguins.ts'
import { createModelServer, type ModelServer } from './index.ts'

let registry: PenguinRegistry
let server: ModelServer

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.register({ epochs: 10 })
  server = await createModelServer({ models: [{ uri: 'models:/penguins/1' }], client: registry.client })
})

afterAll(async () => {
  await server.close()
  await registry[Symbol.asyncDispose]()
})

const columns = Object.keys(penguin)
const values = Object.values(penguin)
const csv = (...rows: readonly (readonly (string | number)[])[]): string =>
  [columns, ...rows].map((fields) => `${fields.join(',')}\n`).join('')

interface Prediction {
  readonly prediction: string
  readonly confidence: number
  readonly probabilities: Readonly<Record<string, number>>
}

interface Answer {
  readonly predictions: readonly (Prediction | null)[]
  readonly model: object
  readonly errors?: readonly object[]
}

async function predict(body: unknown): Promise<Answer> {
  const reply = await post(server, '/predict', body)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return reply.body as Answer
}

describe('POST /predict', () => {
  it('answers with prediction, confidence and the probability of every class', async () => {
    const { predictions, model } = await predict(penguin)
    expect(model).toEqual({ name: 'penguins', version: 1 })
    const { prediction, confidence, probabilities } = predictions[0]!
    expect(Object.keys(probabilities)).toEqual(['Adelie', 'Chinstrap', 'Gentoo'])
    expect(confidence).toBe(Math.max(...Object.values(probabilities)))
    expect(probabilities[prediction]).toBe(confidence)
  })

  it.each([
    ['one row', penguin],
    ['a list of rows', [penguin]],
    ['inputs', { inputs: [penguin] }],
    ['inputs of one value a column', { inputs: penguin }],
    ['dataframe_records', { dataframe_records: [penguin] }],
    ['dataframe_split', { dataframe_split: { columns, data: [values] } }],
    ['columns in another order', Object.fromEntries(Object.entries(penguin).toReversed())],
  ])('takes %s', async (_, body) => {
    expect(await predict(body)).toEqual(await predict(penguin))
  })

  it('takes CSV, in which an empty field is missing', async () => {
    const headers = { 'content-type': 'text/csv' }
    const { body } = await post(server, '/predict', csv(values, ['Biscoe', '', 16, 230, 5800, '']), headers)
    const gaps = { ...penguin, culmen_length_mm: null, sex: null }
    expect(body).toEqual(await predict([penguin, gaps]))
  })

  it('takes NaN, as Python writes it, for a missing number, but not inside of texts', async () => {
    const row = { ...penguin, island: 'NaN "NaN", -Infinity' }
    const text = JSON.stringify(row).replace('5800', 'NaN')
    expect(await predict(text)).toEqual(await predict({ ...row, body_mass_g: null }))
  })

  it('takes a column that is there in some rows as missing in the others', async () => {
    const { sex: _, ...rest } = penguin
    const { predictions } = await predict([penguin, rest])
    expect(predictions[1]).toEqual((await predict({ ...penguin, sex: null })).predictions[0])
  })

  it('names request and model in the headers', async () => {
    const { headers } = await post(server, '/predict', penguin, { 'x-request-id': 'my-request' })
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': 'my-request',
      'x-model-name': 'penguins',
      'x-model-version': '1',
    })
    const other = await post(server, '/predict', penguin, { 'x-request-id': 'no good id' })
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('POST /invocations', () => {
  it('answers row by row when it is asked to', async () => {
    const { body } = await post(server, '/invocations', { inputs: [penguin], params: { answers: 'rows' } })
    const [{ prediction, confidence } = { prediction: '', confidence: 0 }] = (await predict(penguin))
      .predictions as Prediction[]
    expect(body).toEqual({ predictions: [{ prediction, confidence }] })
  })

  it.each([
    [{ answers: 'table' }, 'The parameter "answers" is the text "table", expected "columns" or "rows"'],
    [{ skip_bad_rows: 1 }, 'The parameter "skip_bad_rows" is the number 1, expected true or false'],
    ['fast', '"params" must be an object. Got the text "fast"'],
  ])('refuses the parameters %j', async (params, message) => {
    const { status, body } = await post(server, '/invocations', { inputs: [penguin], params })
    expect(status).toBe(400)
    expect(body).toMatchObject({ message: expect.stringContaining(message) as string })
  })
})

describe('rows that do not fit', () => {
  it.each([
    [{ body_mass_g: 'heavy' }, 'field "body_mass_g": expected a number, found the text "heavy"'],
    [{ body_mass_g: '0x10' }, 'field "body_mass_g": expected a number, found the text "0x10"'],
    [{ body_mass_g: [5800] }, 'field "body_mass_g": expected a number, found a list'],
    [{ body_mass_g: 1e39 }, 'field "body_mass_g": expected a finite number of at most 3.4e38, found the number 1e+39'],
    [{ sex: 1 }, 'field "sex": expected text, found the number 1'],
    [{ sex: true }, 'field "sex": expected text, found the boolean true'],
    [{ sex: { a: 1 } }, 'field "sex": expected text, found an object'],
    [{ sex: 'a\0b' }, 'field "sex": expected text without NUL characters'],
    [{ island: 'x'.repeat(100), body_mass_g: 'y'.repeat(100) }, `found the text "${'y'.repeat(40)}…"`],
  ])('%j are named by row and field', async (change, message) => {
    const { status, body } = await post(server, '/predict', [penguin, { ...penguin, ...change }])
    expect(status).toBe(400)
    expect(body).toMatchObject({
      error_code: 'BAD_REQUEST',
      message: expect.stringContaining(message) as string,
      errors: [{ row: 2, field: Object.keys(change).at(-1) }],
    })
  })

  it('are refused where two columns share a name', async () => {
    const split = { columns: [...columns, 'sex'], data: [[...values, 'FEMALE']] }
    const { status, body } = await post(server, '/invocations', { dataframe_split: split })
    expect(status).toBe(400)
    expect(body).toMatchObject({ message: expect.stringContaining('has two columns "sex"') as string })
  })

  it('with infinite numbers are refused', async () => {
    const { status, body } = await post(server, '/predict', JSON.stringify(penguin).replace('5800', '-Infinity'))
    expect(status).toBe(400)
    expect(body).toMatchObject({
      message: expect.stringContaining('"body_mass_g": expected a finite number') as string,
    })
  })

  it('are listed up to a limit', async () => {
    const rows = Array.from({ length: 30 }, () => ({ ...penguin, sex: 0 }))
    const { body } = await post(server, '/predict', rows)
    expect(body).toMatchObject({ message: expect.stringMatching(/Row 10, field "sex".* And 20 more\.$/) as string })
  })

  it('say which columns they lack, and which they have that nobody reads', async () => {
    const { sex: _, ...rest } = penguin
    const { status, body } = await post(server, '/predict', { ...rest, Sex: 'MALE' })
    expect(status).toBe(400)
    expect(body).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(/missing inputs \['sex'\].*does not read: "Sex"\./) as string,
      missing: ['sex'],
    })
  })

  it.each(['constructor', '__proto__', 'toString'])('cannot be confused by a column called %s', async (name) => {
    const text = JSON.stringify([penguin]).replace('"island"', JSON.stringify(name))
    const { status, body } = await post(server, '/predict', text)
    expect(status).toBe(400)
    expect(body).toMatchObject({ missing: ['island'] })
  })

  it.each([
    ['no CSV', 'island,sex\nBiscoe\n', /row 1: Expected 2 fields, found 1/],
    ['only a heading', 'island,sex\n', /There are no rows/],
    ['nothing', '', /empty/],
  ])('are refused as CSV: %s', async (_, text, message) => {
    const { status, body } = await post(server, '/predict', text, { 'content-type': 'text/csv' })
    expect(status).toBe(400)
    expect(body).toMatchObject({ message: expect.stringMatching(message) as string })
    expect((body as { message: string }).message).not.toContain('/millrace-serve-')
  })
})

describe('rows that are skipped', () => {
  const bad = { ...penguin, body_mass_g: 'heavy', sex: 3 }

  it('give null and an error; the others have their answers', async () => {
    const reply = await post(server, '/predict', { inputs: [penguin, bad, penguin], params: { skip_bad_rows: true } })
    const [first] = (await predict(penguin)).predictions
    expect(reply.body).toMatchObject({
      predictions: [first, null, first],
      errors: [
        {
          row: 2,
          field: 'body_mass_g',
          message: 'Row 2, field "body_mass_g": expected a number, found the text "heavy".',
        },
        { row: 2, field: 'sex' },
      ],
    })
  })

  it('give null in the form of MLflow too', async () => {
    const request = { inputs: [bad, penguin], params: { skip_bad_rows: true } }
    const { body } = await post(server, '/invocations', request)
    expect(body).toMatchObject({
      predictions: { label: [null, expect.any(String)], probabilities: [null, expect.any(Array)] },
      errors: [{ row: 1 }, { row: 1 }],
    })
  })

  it('are skipped without being asked where the server is told so', async () => {
    const lenient = await createModelServer({
      models: [{ uri: 'models:/penguins/1' }],
      client: registry.client,
      skipBadRows: true,
      answers: 'rows',
    })
    const { body } = await post(lenient, '/invocations', { inputs: [bad, penguin] })
    expect(body).toMatchObject({ predictions: [null, { prediction: expect.any(String) as string }] })
    const strict = await post(lenient, '/invocations', { inputs: [bad], params: { skip_bad_rows: false } })
    expect(strict.status).toBe(400)
    await lenient.close()
  })
})

it('refuses bodies that are packed, on every path', async () => {
  const headers = { 'content-encoding': 'gzip' }
  for (const path of ['/predict', '/invocations', '/v2/models/penguins/infer']) {
    const { status, body } = await post(server, path, JSON.stringify(penguin), headers)
    expect([status, JSON.stringify(body)]).toEqual([415, expect.stringContaining('Content-Encoding: gzip')])
  }
})

describe('bodies that are made to hurt', () => {
  const count = 1_000_000
  it.each([
    ['quotes that never end', `{"a": NaN, "${String.raw`\"`.repeat(count)}`],
    ['a text that never ends', `"${'x'.repeat(count)}`],
    ['lists in lists', `{"inputs": ${'['.repeat(count)}${']'.repeat(count)}}`],
    ['a tensor of lists in lists', `{"inputs": [{"name": "sex", "data": ${'['.repeat(count)}${']'.repeat(count)}}]}`],
  ])('are refused like others: %s', async (_, text) => {
    for (const path of ['/predict', '/v2/models/penguins/infer']) {
      expect((await post(server, path, text)).status).toBe(400)
    }
  })
})

describe('any JSON', () => {
  it('gets an answer or a reason, never a failure', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({ inputs: fc.jsonValue() }),
      fc.record({ dataframe_split: fc.jsonValue() }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          value.map((json) => JSON.stringify(json)),
          fc.string(),
        ),
        async (text) => {
          for (const path of ['/invocations', '/predict', '/v2/models/penguins/infer']) {
            const { status, body } = await post(server, path, text)
            expect(status).toBe(400)
            expect(JSON.stringify(body)).toMatch(/"(message|error)":".{10}/)
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})
