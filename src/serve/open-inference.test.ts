/** The Open Inference Protocol (V2). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, type PenguinRegistry, penguin, penguinRegistry, post } from '../../test/served-penguins.ts'
import { createModelServer, type ModelServer } from './index.ts'

let registry: PenguinRegistry
let server: ModelServer

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.register()
  await registry.register({ seed: 2 })
  server = await createModelServer({
    models: [{ uri: 'models:/penguins/1' }, { uri: 'models:/penguins/2' }],
    client: registry.client,
    random: () => 0,
  })
})

afterAll(async () => {
  await server.close()
  await registry[Symbol.asyncDispose]()
})

interface Tensor {
  name: string
  shape: unknown
  datatype: string
  data: unknown
}

/** Two penguins, the second without a sex. */
const inputs = (): Tensor[] =>
  Object.entries(penguin).map(([name, value]) => ({
    name,
    shape: [2],
    datatype: typeof value === 'string' ? 'BYTES' : 'FP32',
    data: [value, name === 'sex' ? null : value],
  }))

describe('the Open Inference Protocol', () => {
  it('says that the server and its models are ready', async () => {
    expect((await get(server, '/v2')).body).toMatchObject({ name: 'millrace', extensions: [] })
    expect((await get(server, '/v2/health/live')).body).toEqual({ live: true })
    expect((await get(server, '/v2/health/ready')).body).toEqual({ ready: true })
    expect((await get(server, '/v2/models/penguins/ready')).body).toEqual({ name: 'penguins', ready: true })
    expect((await get(server, '/v2/models/penguins/versions/2/ready')).status).toBe(200)
  })

  it('describes a model by its tensors', async () => {
    const { body } = await get(server, '/v2/models/penguins')
    expect(body).toMatchObject({ name: 'penguins', versions: ['1', '2'], platform: 'onnx_onnxv1' })
    const { inputs, outputs } = body as { inputs: Tensor[]; outputs: Tensor[] }
    expect(inputs.find(({ name }) => name === 'sex')).toEqual({ name: 'sex', datatype: 'BYTES', shape: [-1] })
    expect(outputs).toEqual([
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
    ])
  })

  it.each([1, 2])('answers with tensors what version %d answers elsewhere', async (version) => {
    const { body, headers } = await post(server, `/v2/models/penguins/versions/${version}/infer`, {
      id: 'a',
      inputs: inputs(),
    })
    expect(headers.get('x-model-version')).toBe(String(version))
    const one = await createModelServer({ models: [{ uri: `models:/penguins/${version}` }], client: registry.client })
    const rows = await post(one, '/invocations', { inputs: [penguin, { ...penguin, sex: null }] })
    const { label, probabilities } = (rows.body as { predictions: { label: string[]; probabilities: number[][] } })
      .predictions
    expect(body).toEqual({
      model_name: 'penguins',
      model_version: String(version),
      id: 'a',
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [2], data: label },
        { name: 'probabilities', datatype: 'FP32', shape: [2, 3], data: probabilities.flat() },
      ],
    })
    await one.close()
  })

  it('takes columns as tensors of one column, nested or not, and gives only the outputs that are wanted', async () => {
    const plain = await post(server, '/v2/models/penguins/infer', { inputs: inputs() })
    const nested = inputs().map((tensor) => ({
      ...tensor,
      shape: [2, 1],
      data: (tensor.data as unknown[]).map((value) => [value]),
    }))
    const { body } = await post(server, '/v2/models/penguins/infer', { inputs: nested, outputs: [{ name: 'label' }] })
    const { outputs } = plain.body as { outputs: Tensor[] }
    expect((body as { outputs: Tensor[] }).outputs).toEqual(outputs.slice(0, 1))
  })

  it.each<[string, (tensors: Tensor[]) => unknown, RegExp]>([
    ['no inputs', () => ({}), /"inputs" must be a list of tensors/],
    ['an input that is no tensor', () => ({ inputs: [1] }), /Input 1 is the number 1/],
    ['no data', ([first]) => ({ inputs: [{ ...first, data: 'x' }] }), /needs "data"/],
    ['a shape that does not fit', ([first]) => ({ inputs: [{ ...first, shape: [3] }] }), /shape \[3\] and 2 values/],
    ['a matrix', ([first]) => ({ inputs: [{ ...first, shape: [1, 2] }] }), /one value a row/],
    [
      'columns of different lengths',
      ([first, second]) => ({ inputs: [first, { ...second, shape: [1], data: [1] }] }),
      /has 1 rows and "island" has 2/,
    ],
    ['a missing input', (tensors) => ({ inputs: tensors.slice(1) }), /missing inputs \['island'\]/],
    ['an unknown output', (tensors) => ({ inputs: tensors, outputs: [{ name: 'x' }] }), /no output "x"/],
  ])('refuses %s', async (_, change, message) => {
    const { status, body } = await post(server, '/v2/models/penguins/infer', change(inputs()))
    expect(status).toBe(400)
    expect(body).toMatchObject({ error: expect.stringMatching(message) as string })
  })

  it.each([
    ['/v2/models/birds', 'no model "birds" here. There are: penguins (version 1), penguins (version 2).'],
    ['/v2/models/penguins/versions/3', 'no version 3 of "penguins" here'],
    ['/v2/models/%E0%A4%A/ready', 'no model "%E0%A4%A" here'],
  ])('says that there is nothing at %s', async (path, message) => {
    const { status, body } = await get(server, path)
    expect(status).toBe(404)
    expect(body).toMatchObject({ error: expect.stringContaining(message) as string })
  })
})
