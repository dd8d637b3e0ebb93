import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { columnTransformer, type FittedPreprocessor, oneHotEncoder, type OneHotOptions } from './index.ts'

const animals = textsOf(['dog', 'cat', 'dog', 'emu', null, 'cat', 'dog', 'ape'])

describe('oneHotEncoder', () => {
  it('orders categories by code point', async () => {
    const fitted = await encode(textsOf(['b', 'Z', 'ä', '😀', '\uffee', 'a']))
    expect(fitted.featureNames).toEqual(['animal_Z', 'animal_a', 'animal_b', 'animal_ä', 'animal_\uffee', 'animal_😀'])
  })

  it('gives zeros for an unknown or missing category', async () => {
    const fitted = await encode(animals)
    expect(await rows(fitted, ['emu', 'yak', null, 'dog'])).toEqual(['0001', '0000', '0000', '0010'])
  })

  it('fails on an unknown or missing category where asked to, naming the column', async () => {
    const fitted = await encode(animals, { handleUnknown: 'error' })
    expect(await rows(fitted, ['emu', 'ape'])).toEqual(['0001', '1000'])
    for (const text of ['yak', null, 'nan']) {
      await expect(rows(fitted, ['emu', text])).rejects.toThrow('Module "preprocess/animal: unknown category" failed')
    }
  })

  it('puts infrequent categories together', async () => {
    const fitted = await encode(animals, { minFrequency: 2 })
    expect(fitted.featureNames).toEqual(['animal_cat', 'animal_dog', 'animal_infrequent'])
    expect(await rows(fitted, ['ape', 'emu', 'cat', 'yak'])).toEqual(['001', '001', '100', '000'])
    const share = await encode(animals, { minFrequency: 0.3 })
    expect(share.featureNames).toEqual(['animal_dog', 'animal_infrequent'])
    const every = await encode(animals, { minFrequency: 100 })
    expect(await rows(every, ['ape', 'yak'])).toEqual(['1', '0'])
  })

  it('leaves out the first feature of each column, or of those with two', async () => {
    const table = Table.fromColumns({
      pair: columnFrom('string', ['no', 'yes', 'no']),
      triple: columnFrom('string', ['a', 'b', 'c']),
      single: columnFrom('string', ['x', 'x', 'x']),
    })
    const fit = (drop: 'first' | 'ifBinary'): Promise<FittedPreprocessor> =>
      columnTransformer([{ columns: ['pair', 'triple', 'single'], transform: oneHotEncoder({ drop }) }]).fit(table)
    const [first, binary] = [await fit('first'), await fit('ifBinary')]
    expect(first.featureNames).toEqual(['pair_yes', 'triple_b', 'triple_c'])
    expect([...(await first.transform(table)).data]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 1])
    expect(binary.featureNames).toEqual(['pair_yes', 'triple_a', 'triple_b', 'triple_c', 'single_x'])
  })

  it('refuses to drop all there is', async () => {
    await expect(encode(textsOf(['x', 'x']), { drop: 'first' })).rejects.toThrow(
      'with drop \'first\' nothing is left of "animal"',
    )
  })

  it('refuses options that do not make sense', () => {
    expect(() => oneHotEncoder({ handleUnknown: 'skip' as 'ignore' })).toThrow(
      'handleUnknown is "skip", expected "ignore" or "error"',
    )
    expect(() => oneHotEncoder({ drop: 'last' as 'first' })).toThrow('drop is "last", expected "first" or "ifBinary"')
    for (const minFrequency of [0, -1, 1.5, NaN]) {
      expect(() => oneHotEncoder({ minFrequency })).toThrow(`minFrequency is ${minFrequency}`)
    }
  })

  it('refuses a text with a NUL character, naming the row', async () => {
    await expect(encode(textsOf(['a', 'b\0c']))).rejects.toThrow(
      'row 2, column "animal": The text has a NUL character.',
    )
  })

  it('takes texts that no UTF-8 can hold for what they are written as', async () => {
    const fitted = await encode(textsOf(['\ud800', '\udc00', 'a']))
    expect(fitted.featureNames).toEqual(['animal_a', 'animal_\ufffd'])
    expect(await rows(fitted, ['\ud800', '\ufffd'])).toEqual(['01', '01'])
  })
})

function textsOf(values: readonly (string | null)[]): Table {
  return Table.fromColumns({ animal: columnFrom('string', values) })
}

function encode(table: Table, options?: OneHotOptions): Promise<FittedPreprocessor> {
  return columnTransformer([{ columns: ['animal'], transform: oneHotEncoder(options) }]).fit(table)
}

async function rows(fitted: FittedPreprocessor, texts: readonly (string | null)[]): Promise<string[]> {
  const { data, featureCount } = await fitted.transform(textsOf(texts))
  return texts.map((_, row) => data.slice(row * featureCount, (row + 1) * featureCount).join(''))
}
