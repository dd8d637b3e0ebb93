/** Model folders: what is written, that it comes back, and that nothing is half-written. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { penguinsModel, readPenguins } from '../../test/penguins.ts'
import { smallDisk, system } from '../../test/small-disk.ts'
import { Table } from '../data/index.ts'
import { decodeSafetensors } from '../nn/index.ts'
import { Session } from '../onnx/index.ts'
import { assembleOnnx, mlpClassifier, ModelPackage, models } from './index.ts'

let folder: string
let table: Table
let model: ModelPackage

beforeAll(async () => {
  table = await readPenguins()
  ;({ model } = await penguinsModel().train(table))
})

afterAll(async () => {
  await model[Symbol.asyncDispose]()
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-package-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** A package of fixed bytes, so that every hash of its folder is known. */
function fixedPackage(name = 'fixed'): ModelPackage {
  return new ModelPackage({
    config: {
      version: 1,
      kind: name,
      task: 'classification',
      inputs: [
        { name: 'mass', type: 'double' },
        { name: 'island', type: 'string' },
      ],
      classes: ['no', 'yes'],
      params: { target: 'y' },
      fitted: {},
    },
    onnx: Uint8Array.of(1, 2, 3),
    weights: new Map([['layers.0.weight', { shape: [1, 2], data: Float32Array.of(0.5, -1) }]]),
    example: { columns: ['mass', 'island'], data: [[3750, 'Dream']] },
  })
}

describe('a model folder', () => {
  it('gives back a model that predicts the same bits', async () => {
    const before = await model.predict(table)
    expect(await model.save(join(folder, 'penguins'))).toBe(join(folder, 'penguins'))
    await using loaded = await models.load(join(folder, 'penguins'))
    expect(await loaded.predict(table)).toEqual(before)
    expect(loaded.config).toEqual(model.config)
    expect(loaded.signature).toEqual(model.signature)
    expect(loaded.content.example).toEqual(model.content.example)
    expect(Buffer.from(loaded.content.onnx).equals(model.content.onnx)).toBe(true)
  })

  it('holds all that is needed to assemble the very same graph', async () => {
    await model.save(join(folder, 'penguins'))
    await using loaded = await models.load(join(folder, 'penguins'))
    expect(Buffer.from(assembleOnnx(models.recreate(loaded))).equals(loaded.content.onnx)).toBe(true)
    expect(Array.from(mlpClassifier.recreate(loaded).network.namedParameters(), ([name]) => name)).toEqual([
      'layers.0.weight',
      'layers.0.bias',
      'layers.2.weight',
      'layers.2.bias',
      'layers.4.weight',
      'layers.4.bias',
    ])
  })

  it('has the raw named columns as inputs of its graph, in any number of rows', async () => {
    await using session = await Session.load(model.content.onnx)
    expect(session.inputs).toEqual([
      batchOf('culmen_length_mm', 'float32'),
      batchOf('culmen_depth_mm', 'float32'),
      batchOf('flipper_length_mm', 'float32'),
      batchOf('body_mass_g', 'float32'),
      batchOf('island', 'string'),
      batchOf('sex', 'string'),
    ])
    expect(session.outputs).toEqual([
      { name: 'label', dtype: 'string', shape: ['batch'] },
      { name: 'probabilities', dtype: 'float32', shape: ['batch', 3] },
    ])
  })

  it('holds the files MLflow expects, as they were reviewed', async () => {
    await fixedPackage().save(join(folder, 'fixed'), { runId: 'a'.repeat(32), clock: () => 1_700_000_000_123 })
    const names = await readdir(join(folder, 'fixed'))
    const text = async (name: string): Promise<string> => await readFile(join(folder, 'fixed', name), 'utf8')
    expect(names.toSorted()).toEqual([
      'MLmodel',
      'conda.yaml',
      'config.json',
      'input_example.json',
      'model.onnx',
      'model.safetensors',
      'python_env.yaml',
      'requirements.txt',
      'serving_input_example.json',
    ])
    const mlmodel = (await text('MLmodel')).replace(/model_uuid: [0-9a-f]{32}/, 'model_uuid: <uuid>')
    expect(mlmodel).toBe(await readFile(golden('MLmodel.golden.yaml'), 'utf8'))
    expect(await text('config.json')).toBe(await readFile(golden('config.golden.json'), 'utf8'))
    expect(await text('input_example.json')).toBe('{"columns":["mass","island"],"data":[[3750,"Dream"]]}')
    expect(await text('serving_input_example.json')).toBe(
      '{"dataframe_split":{"columns":["mass","island"],"data":[[3750,"Dream"]]}}',
    )
    const weights = decodeSafetensors(await readFile(join(folder, 'fixed', 'model.safetensors')), 'weights')
    expect([...weights.tensors.keys()]).toEqual(['layers.0.weight'])
    expect(weights.metadata).toEqual({ format: 'pt' })
  })

  it('carries no run when it was saved outside of one, and an id of its own each time', async () => {
    await fixedPackage().save(join(folder, 'a'))
    await fixedPackage().save(join(folder, 'b'))
    const [a, b] = await Promise.all(['a', 'b'].map((name) => readFile(join(folder, name, 'MLmodel'), 'utf8')))
    expect(a).not.toContain('run_id')
    expect(/model_uuid: (.*)/.exec(a!)?.[1]).not.toBe(/model_uuid: (.*)/.exec(b!)?.[1])
  })

  it('may lie beside files of others, such as those MLflow adds', async () => {
    await fixedPackage().save(join(folder, 'fixed'))
    await writeFile(join(folder, 'fixed', 'registered_model_meta'), 'model_name: x')
    await rm(join(folder, 'fixed', 'conda.yaml'))
    expect((await models.load(join(folder, 'fixed'))).config.kind).toBe('fixed')
  })
})

describe('saving', () => {
  it('replaces a folder as a whole, with files that the new model does not have', async () => {
    const place = join(folder, 'model')
    await fixedPackage('first').save(place)
    await writeFile(join(place, 'left-over'), 'x')
    await fixedPackage('second').save(place)
    expect((await models.load(place)).config.kind).toBe('second')
    expect(existsSync(join(place, 'left-over'))).toBe(false)
    expect(await readdir(folder)).toEqual(['model'])
  })

  it('makes the folders above', async () => {
    await fixedPackage().save(join(folder, 'deep', 'er', 'model'))
    expect((await models.load(join(folder, 'deep', 'er', 'model'))).config.kind).toBe('fixed')
  })

  it('leaves the old model as it was when the disk is full', async (context) => {
    const disk = smallDisk(folder)
    if (disk === undefined) return context.skip('a small file system cannot be mounted here')
    try {
      const place = join(disk, 'model')
      await fixedPackage('small').save(place)
      const { content } = fixedPackage('large')
      const large = new ModelPackage({ ...content, onnx: new Uint8Array(3_000_000) })
      await expect(large.save(place)).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(/model: the disk is full\..*nothing was changed/s) as string,
      })
      expect(await readdir(disk)).toEqual(['model'])
      expect((await models.load(place)).config.kind).toBe('small')
    } finally {
      system('umount', disk)
    }
  })

  it('says so when the disk is read-only, and loads from it', async (context) => {
    const disk = smallDisk(folder)
    if (disk === undefined) return context.skip('a small file system cannot be mounted here')
    try {
      await fixedPackage().save(join(disk, 'model'))
      system('mount', '-o', 'remount,ro', disk)
      await expect(fixedPackage().save(join(disk, 'model'))).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringContaining('the file system is read-only') as string,
      })
      expect((await models.load(join(disk, 'model'))).config.kind).toBe('fixed')
    } finally {
      system('umount', disk)
    }
  })

  it('refuses a place below a file', async () => {
    await writeFile(join(folder, 'file'), 'x')
    await expect(fixedPackage().save(join(folder, 'file', 'deep', 'model'))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    })
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('x')
  })
})

describe('loading what is no whole model', () => {
  const read = ['config.json', 'model.safetensors', 'input_example.json', 'model.onnx']

  beforeEach(async () => {
    await fixedPackage().save(join(folder, 'fixed'))
  })

  it('says that the folder does not exist', async () => {
    await expect(models.load(join(folder, 'nothing'))).rejects.toMatchObject(
      refused(/"nothing" in .*: the folder does not exist\. .*train and register the model again/),
    )
  })

  it.each(['MLmodel', ...read])('names %s when it is missing', async (name) => {
    await rm(join(folder, 'fixed', name))
    await expect(load()).rejects.toMatchObject(refused(new RegExp(`"fixed" in .*: ${name} is missing`)))
  })

  it.each(read)('names %s when it is cut short', async (name) => {
    const path = join(folder, 'fixed', name)
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 1))
    const numbers = `${bytes.length - 1} bytes, ${bytes.length} were written`
    await expect(load()).rejects.toMatchObject(refused(new RegExp(`${name} has ${numbers}`)))
  })

  it('notices any byte that was changed in any file it reads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...read), fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, at, flip) => {
        const path = join(folder, 'fixed', name)
        const bytes = await readFile(path)
        const changed = Buffer.from(bytes)
        changed[at % bytes.length]! ^= flip
        await writeFile(path, changed)
        await expect(load()).rejects.toMatchObject(refused(new RegExp(`${name} was changed after it was written`)))
        await writeFile(path, bytes)
      }),
      { numRuns: 50 },
    )
  })

  it('names a file that is a folder', async () => {
    await rm(join(folder, 'fixed', 'model.onnx'))
    await mkdir(join(folder, 'fixed', 'model.onnx'))
    await expect(load()).rejects.toMatchObject(refused(/model\.onnx cannot be read/))
  })

  it('refuses an MLmodel that is no YAML, is empty, or describes a model of another tool', async () => {
    await writeMlmodel('a: [1')
    await expect(load()).rejects.toMatchObject(refused(/MLmodel is not valid YAML/))
    await writeMlmodel('')
    await expect(load()).rejects.toMatchObject(refused(/MLmodel .*Millrace/s))
    await writeMlmodel('flavors:\n  sklearn:\n    pickled_model: model.pkl\n')
    await expect(load()).rejects.toMatchObject(refused(/MLmodel .*was not written by Millrace.*sklearn/s))
  })

  it('refuses an MLmodel that does not list a file it needs', async () => {
    const path = join(folder, 'fixed', 'MLmodel')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('config.json:', 'other.json:'))
    await expect(load()).rejects.toMatchObject(refused(/MLmodel does not list config\.json/))
  })

  it('keeps keys of one’s own in config.json, and names versions that it does not know', async () => {
    const { content } = fixedPackage()
    const save = async (config: object): Promise<string> =>
      await new ModelPackage({ ...content, config: { ...content.config, ...config } }).save(join(folder, 'fixed'))
    await save({ extra: 1 })
    expect((await load()).config).toHaveProperty('extra', 1)
    await save({ version: 2 })
    await expect(load()).rejects.toMatchObject(refused(/config\.json is not valid\. "version"/))
  })

  it('loads a model of a kind it does not know, and says so only when asked to make it again', async () => {
    const loaded = await load()
    expect(() => models.recreate(loaded)).toThrow(
      /There is no kind of model "fixed"\. There are these kinds: gradient-boosting-classifier, .*mlp-regressor/,
    )
  })

  it('says what is wrong with a graph that ONNX Runtime refuses', async () => {
    const loaded = await load()
    const row = Table.fromRecords([{ mass: 1, island: 'Dream' }])
    await expect(loaded.predict(row)).rejects.toMatchObject(refused(/ONNX Runtime cannot load/))
  })
})

function batchOf(name: string, dtype: string): object {
  return { name, dtype, shape: ['batch'] }
}

async function load(): Promise<ModelPackage> {
  return await models.load(join(folder, 'fixed'))
}

async function writeMlmodel(text: string): Promise<void> {
  await writeFile(join(folder, 'fixed', 'MLmodel'), text)
}

function refused(message: RegExp): object {
  return { code: 'INVALID_MODEL', message: expect.stringMatching(message) as string }
}

function golden(name: string): string {
  return fileURLToPath(new URL(`../../test/reference/model/${name}`, import.meta.url))
}

it('refuses to replace a folder that is no model', async () => {
  await writeFile(join(folder, 'thesis.txt'), 'years of work')
  await expect(fixedPackage().save(folder)).rejects.toThrow(/holds other files/)
  expect(await readdir(folder)).toEqual(['thesis.txt'])
})
