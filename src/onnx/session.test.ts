import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MillraceError, ShapeError } from '../core/index.ts'
import { constant, gather, input, insideModule, matmul, type Tensor, trace } from '../tensor/index.ts'
import { evaluate, lower, OnnxGraph, Session, type Value } from './index.ts'

/** y = x · [[1, 10], [2, 20], [3, 30]]; echo = the strings. */
function modelBytes(): Uint8Array {
  const graph = new OnnxGraph('linear')
  const x = input('x', ['batch', 3])
  const weight = constant(Float32Array.of(1, 10, 2, 20, 3, 30), [3, 2], 'float32')
  const y = matmul(x, weight)
  const names = new Map([[x, graph.input('x', 'float32', x.shape)]])
  const words = graph.input('words', 'string', ['batch'])
  graph.output('y', lower(graph, [y], names)[0]!, 'float32', y.shape)
  graph.output('echo', words, 'string', ['batch'])
  return graph.toBytes()
}

function feedsOf(rows: number): { x: Value; words: Value } {
  const data = Float32Array.from({ length: 3 * rows }, (_, i) => i)
  const words = Array.from({ length: rows }, (_, i) => `Zeile ${i} – größer${i % 2 === 0 ? '' : ' 🐧'}`)
  return { x: { dtype: 'float32', shape: [rows, 3], data }, words: { dtype: 'string', shape: [rows], data: words } }
}

function expectedRows(rows: number): Float32Array {
  const sums = Array.from({ length: rows }, (_, row) => 3 * row * 6 + 8)
  return Float32Array.from(sums.flatMap((sum) => [sum, 10 * sum]))
}

async function rejection(promise: Promise<unknown>): Promise<MillraceError> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown')
    },
    (error: unknown) => {
      if (error instanceof MillraceError) return error
      throw error
    },
  )
}

let session: Session
let folder: string
beforeAll(async () => {
  session = await Session.load(modelBytes())
  folder = await mkdtemp(join(tmpdir(), 'session-'))
})
afterAll(async () => {
  await session[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('Session', () => {
  it('lists the declared inputs and outputs with their types', () => {
    expect(session.inputs).toEqual([
      { name: 'x', dtype: 'float32', shape: ['batch', 3] },
      { name: 'words', dtype: 'string', shape: ['batch'] },
    ])
    expect(session.outputs).toEqual([
      { name: 'y', dtype: 'float32', shape: ['batch', 2] },
      { name: 'echo', dtype: 'string', shape: ['batch'] },
    ])
  })

  it.each([1, 7, 0])('runs the same graph for a batch of %i, numbers and strings', async (rows) => {
    const feeds = feedsOf(rows)
    expect(await session.run(feeds)).toEqual({
      y: { dtype: 'float32', shape: [rows, 2], data: expectedRows(rows) },
      echo: feeds.words,
    })
  })

  it('computes only what is wanted', async () => {
    expect(Object.keys(await session.run(feedsOf(2), ['echo']))).toEqual(['echo'])
  })

  it('loads a model from a file', async () => {
    const path = join(folder, 'model.onnx')
    await writeFile(path, modelBytes())
    await using fromFile = await Session.load(path)
    expect((await fromFile.run(feedsOf(1)))['y']!.data).toEqual(expectedRows(1))
  })

  it('runs several requests at once', async () => {
    const results = await Promise.all([1, 2, 3, 4].map((rows) => session.run(feedsOf(rows))))
    expect(results.map(({ y }) => y!.data)).toEqual([1, 2, 3, 4].map(expectedRows))
  })
})

describe('Session.bind', () => {
  const numbers = new OnnxGraph('numbers')
  numbers.output('twice', numbers.node('Add', [numbers.input('x', 'float32', ['n']), 'x']), 'float32', ['n'])

  it('reads and fills the same arrays at every call', async () => {
    await using model = await Session.load(numbers.toBytes())
    const [x, twice] = [Float32Array.of(1, 2), new Float32Array(2)]
    const run = model.bind(
      { x: { dtype: 'float32', shape: [2], data: x } },
      { twice: { dtype: 'float32', shape: [2], data: twice } },
    )
    await run()
    expect(twice).toEqual(Float32Array.of(2, 4))
    x.set([5, -1])
    await run()
    expect(twice).toEqual(Float32Array.of(10, -2))
  })

  it('leaves nothing behind for the garbage collector to free', async () => {
    await using model = await Session.load(numbers.toBytes())
    const [x, twice] = [new Float32Array(262_144), new Float32Array(262_144)]
    const run = model.bind(
      { x: { dtype: 'float32', shape: [x.length], data: x } },
      { twice: { dtype: 'float32', shape: [x.length], data: twice } },
    )
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 20; i++) await run()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(x.byteLength)
  })

  it('refuses arrays that do not fit before anything is run', async () => {
    await using model = await Session.load(numbers.toBytes())
    const feeds: Record<string, Value> = { x: { dtype: 'float32', shape: [2], data: new Float32Array(2) } }
    expect(() => model.bind({}, {})).toThrow('No values for the input "x".')
    expect(() => model.bind(feeds, {})).toThrow("No output is asked for. The model's outputs: twice float32[n].")
    expect(() => model.bind(feeds, { y: feeds['x']! })).toThrow('There is no output "y".')
    const integers: Value = { dtype: 'int64', shape: [2], data: new BigInt64Array(2) }
    expect(() => model.bind(feeds, { twice: integers })).toThrow(
      'The output "twice" is float32[n], found int64[2]. Convert the values to float32.',
    )
  })

  it('refuses to fill strings in place', () => {
    const { words } = feedsOf(2)
    expect(() => session.bind(feedsOf(2), { echo: words })).toThrow('which cannot be filled in place. Use run().')
  })
})

describe('feeds that do not fit', () => {
  const { x, words } = feedsOf(2)
  const listed = "The model's inputs: x float32[batch, 3], words string[batch]."
  const wrong: readonly (readonly [string, Readonly<Record<string, Value>>, string])[] = [
    ['a missing input', { words }, `No values for the input "x". ${listed} Given: words.`],
    ['no input at all', {}, `No values for the input "x", "words". ${listed} Given: none.`],
    ['a name that is not declared', { x, words, y: x }, `There is no input "y". ${listed}`],
    [
      'another element type',
      { words, x: { dtype: 'float64', shape: [2, 3], data: new Float64Array(6) } },
      'The input "x" is float32[batch, 3], found float64[2, 3]. Convert the values to float32.',
    ],
    [
      'another size',
      { words, x: { dtype: 'float32', shape: [2, 4], data: new Float32Array(8) } },
      'The input "x" is float32[batch, 3], found shape [2, 4]',
    ],
    [
      'another rank',
      { words, x: { dtype: 'float32', shape: [6], data: new Float32Array(6) } },
      'The input "x" is float32[batch, 3], found shape [6]',
    ],
    [
      'too few values',
      { words, x: { dtype: 'float32', shape: [2, 3], data: new Float32Array(5) } },
      'The input "x" has 5 values, its shape [2, 3] needs 6.',
    ],
    [
      'two batch sizes',
      { x, words: feedsOf(3).words },
      'The input "words" is string[batch], found shape [3] (with batch = 2).',
    ],
  ]

  it.each(wrong)('are refused with what was expected and found: %s', async (_, feeds, message) => {
    expect((await rejection(session.run(feeds))).message).toContain(message)
  })

  it('have codes that tell names and types from shapes', async () => {
    expect((await rejection(session.run({ words }))).code).toBe('INVALID_ARGUMENT')
    expect(await rejection(session.run({ x, words: feedsOf(3).words }))).toBeInstanceOf(ShapeError)
  })

  it('are not the only mistake: an output must exist as well', async () => {
    const error = await rejection(session.run({ x, words }, ['probabilities']))
    expect(error.message).toBe(
      `There is no output "probabilities". The model's outputs: y float32[batch, 2], echo string[batch].`,
    )
    expect((await rejection(session.run({ x, words }, []))).message).toContain('No output is asked for.')
  })
})

describe('models that cannot be run', () => {
  it.each([
    ['noise', Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256)],
    ['nothing', new Uint8Array()],
    ['half a model', modelBytes().subarray(0, 100)],
  ])('are refused: %s', async (_, bytes) => {
    const error = await rejection(Session.load(bytes))
    expect(error.code).toBe('INVALID_MODEL')
    expect(error.message).toMatch(/^ONNX Runtime cannot load the graph: /)
  })

  it('are named when they come from a file', async () => {
    const path = join(folder, 'missing.onnx')
    const error = await rejection(Session.load(path))
    expect(error.code).toBe('INVALID_MODEL')
    expect(error.message).toContain(`ONNX Runtime cannot load ${path}: `)
  })

  it('name the module whose operation failed', async () => {
    const table = constant(Float32Array.of(1, 2, 3), [3], 'float32')
    const indices = input('indices', [1], 'int64')
    const layer = {}
    const { result } = trace({ training: false, moduleNames: new Map([[layer, 'embedding']]) }, (): Tensor =>
      insideModule(layer, () => gather(table, indices)),
    )
    const feeds: Record<string, Value> = { indices: { dtype: 'int64', shape: [1], data: BigInt64Array.of(3n) } }
    const error = await rejection(evaluate([result], feeds))
    expect(error.code).toBe('INVALID_MODEL')
    expect(error.message).toMatch(/^Module "embedding" failed in ONNX Runtime: .*idx=3/)
  })
})

describe('disposal', () => {
  it('can be asked for twice, and ends the use of the session', async () => {
    const short = await Session.load(modelBytes())
    const { words, x } = feedsOf(1)
    await short[Symbol.asyncDispose]()
    await short[Symbol.asyncDispose]()
    const error = await rejection(short.run({ x, words }))
    expect(error).toMatchObject({ code: 'INVALID_STATE' })
    expect(error.message).toBe('The session was disposed of. Load the model again.')
  })
})

describe('evaluate', () => {
  const x = input('x', [2])

  it('asks for the numbers of an input by name', async () => {
    const error = await rejection(evaluate([x]))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(error.message).toContain('evaluate: no numbers for the input "x". Pass them as feeds.x.')
  })

  it('takes the inputs it needs from what is given', async () => {
    const value: Value = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }
    expect(await evaluate([x, x], { x: value, unused: value })).toEqual([value, value])
  })
})
