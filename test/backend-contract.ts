/** What every backend keeps to: the suite that a new one has to pass. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Backend } from 'millrace/backend'
import { Table } from 'millrace/data'
import { type Answering, answering } from './answering-endpoint.ts'

interface Place {
  /** A backend on this place; each call gives another that sees what the ones before it kept. */
  readonly open: (target: string, clock?: () => number) => Promise<Backend>
  readonly remove: () => Promise<void>
}

const types = { island: 'string', mass: 'double', count: 'long', ringed: 'boolean', seen: 'datetime' } as const

function birds(...masses: readonly number[]): Table {
  const seen = new Date('2026-11-24T06:00:00.125Z')
  return Table.fromRecords(
    masses.map((mass) => ({ island: 'Biscoe, "the\nlarge"', mass, count: 3, ringed: true, seen })),
    types,
  )
}

const adelie = { prediction: 'Adelie', confidence: 0.875 }
const nothing = { prediction: null, confidence: null }

/** Runs the suite on places that `prepare` makes, a fresh one for each test. */
export function backendContract(name: string, prepare: () => Promise<Place>): void {
  describe(`the ${name} backend`, () => {
    let place: Place
    let endpoint: Answering
    let backend: Backend

    beforeEach(async () => {
      place = await prepare()
      endpoint = await answering()
      backend = await place.open(endpoint.url)
    })

    afterEach(async () => {
      await backend[Symbol.asyncDispose]()
      await endpoint.close()
      await place.remove()
    })

    it('has no rows before the first are saved', async () => {
      expect((await backend.load()).rowCount).toBe(0)
      expect(await backend.label()).toBe(0)
      await backend.save(birds(), [])
      expect((await backend.load({ labelled: true })).columnNames).toContain('target')
    })

    it('gives back every value of a row with its answer, a time and an id', async () => {
      const input = Table.fromRecords([{}, ...birds(3750.5).toRecords()], types)
      await backend.save(input, [nothing, adelie])
      const rows = await backend.load()
      expect(rows.types).toEqual({
        ...types,
        prediction: 'string',
        confidence: 'double',
        target: 'string',
        date: 'datetime',
        uuid: 'string',
      })
      const [newest, first] = rows.toRecords()
      expect(newest).toMatchObject({ ...birds(3750.5).toRecords()[0], ...adelie, target: null })
      expect(first).toMatchObject({ island: null, mass: null, count: null, ringed: null, seen: null, ...nothing })
      expect(newest?.['date']).toBeInstanceOf(Date)
      expect(newest?.['uuid']).not.toBe(first?.['uuid'])
    })

    it('keeps numbers as answers of a regressor', async () => {
      await backend.save(birds(1, 2), [{ prediction: 12.25, confidence: null }, nothing])
      await backend.label({ quality: 1 })
      const rows = await backend.load({ labelled: true })
      expect(rows.types).toMatchObject({ prediction: 'double', target: 'double' })
      expect(rows.toRecords()).toMatchObject([{ prediction: 12.25, target: 12.25 }])
    })

    it('loads the newest rows first, in the order of saving when the clock goes back', async () => {
      const times = [3_000_000, 2_000_000, 1_000_000]
      await using other = await place.open(endpoint.url, () => times.shift() ?? 0)
      for (const mass of [1, 2, 3]) await other.save(birds(mass), [adelie])
      expect((await backend.load()).numbers('mass')).toEqual(Float64Array.of(3, 2, 1))
      expect((await backend.load({ limit: 2 })).numbers('mass')).toEqual(Float64Array.of(3, 2))
    })

    it('filters before it limits', async () => {
      await backend.save(birds(1, 2, 3), [adelie, adelie, adelie])
      expect(await backend.label({ quality: 1 })).toBe(3)
      await backend.save(birds(4, 5), [adelie, adelie])
      const labelled = await backend.load({ limit: 2, labelled: true })
      expect(labelled.numbers('mass')).toEqual(Float64Array.of(3, 2))
      expect(labelled.strings('target')).toEqual(['Adelie', 'Adelie'])
      expect((await backend.load({ limit: 1, labelled: false })).numbers('mass')).toEqual(Float64Array.of(5))
    })

    it.each([-1, 1.5, NaN])('refuses the limit %d', async (limit) => {
      await backend.save(birds(1), [adelie])
      await expect(backend.load({ limit })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      expect((await backend.load({ limit: 0 })).rowCount).toBe(0)
    })

    it('labels what was predicted, once, with the quality asked for', async () => {
      const many = birds(...Array.from({ length: 400 }, (_, i) => i))
      await backend.save(
        many,
        Array.from({ length: 400 }, (_, i) => (i === 7 ? nothing : adelie)),
      )
      expect(await backend.label({ quality: 0.5, classes: ['Adelie', 'Gentoo'], seed: 1 })).toBe(399)
      expect(await backend.label()).toBe(0)
      const targets = (await backend.load()).strings('target')
      expect(targets.filter((target) => target === null)).toHaveLength(1)
      // Half are kept, and half of the others are drawn right by chance: 3 in 4, give or take four deviations.
      const kept = targets.filter((target) => target === 'Adelie').length / 399
      expect(Math.abs(kept - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 399))
    })

    it('labels with the truth, where somebody knows it', async () => {
      await backend.save(birds(1, 2), [adelie, adelie])
      await backend.label({ quality: 1, truth: (row) => (row['mass'] === 2 ? 'Gentoo' : undefined) })
      expect((await backend.load()).strings('target')).toEqual(['Gentoo', 'Adelie'])
    })

    it('labels alike with the same seed', async () => {
      const drawn: (string | null)[][] = []
      for (const _ of ['first', 'second']) {
        const fresh = await prepare()
        await using other = await fresh.open(endpoint.url)
        await other.save(
          birds(1, 2, 3, 4, 5, 6),
          Array.from({ length: 6 }, () => adelie),
        )
        await other.label({ quality: 0, classes: ['Adelie', 'Chinstrap', 'Gentoo'], seed: 3 })
        drawn.push((await other.load()).strings('target'))
        await fresh.remove()
      }
      expect(drawn[0]).toEqual(drawn[1])
    })

    it.each([-0.1, 1.5, NaN])('refuses the quality %s', async (quality) => {
      await backend.save(birds(1), [adelie])
      await expect(backend.label({ quality })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      expect((await backend.load({ labelled: true })).rowCount).toBe(0)
    })

    it('refuses rows without an answer each, and names that are taken', async () => {
      await expect(backend.save(birds(1, 2), [adelie])).rejects.toThrow(/1 answers for 2 rows/)
      const taken = Table.fromRecords([{ prediction: 'Adelie' }])
      await expect(backend.save(taken, [adelie])).rejects.toThrow(/"prediction"/)
      expect((await backend.load()).rowCount).toBe(0)
    })

    it('refuses columns of another model, and keeps what it has', async () => {
      await backend.save(birds(1), [adelie])
      await using other = await place.open(endpoint.url)
      const foreign = Table.fromRecords([{ ...birds(2).toRecords()[0], mass: 'heavy' }])
      await expect(other.save(foreign, [adelie])).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringMatching(/"mass".*of their own/s) as string,
      })
      expect((await backend.load()).rowCount).toBe(1)
    })

    it('loses nothing when several write and label at once', async () => {
      const others = await Promise.all([1, 2, 3].map(async () => await place.open(endpoint.url)))
      await Promise.all(
        others.flatMap((other) =>
          Array.from({ length: 20 }, async (_, i) => {
            await other.save(birds(i, i + 0.5), [adelie, adelie])
            if (i % 7 === 0) await other.label({ quality: 1 })
          }),
        ),
      )
      const rows = await backend.load()
      expect(rows.rowCount).toBe(120)
      expect(new Set(rows.strings('uuid')).size).toBe(120)
      await Promise.all(others.map(async (other) => await other[Symbol.asyncDispose]()))
    })

    it('asks the endpoint and gives its answers', async () => {
      endpoint.answer = (rows) => ({ predictions: rows.map(() => adelie) })
      expect(await backend.invoke(birds(1, 2))).toEqual([adelie, adelie])
      expect(endpoint.asked).toMatchObject([{ inputs: [{ mass: 1 }, { mass: 2 }] }])
    })

    it.each([
      [
        'tensors by name',
        { label: ['Gentoo'], probabilities: [[0.25, 0.75]] },
        { prediction: 'Gentoo', confidence: 0.75 },
      ],
      ['numbers by name', { prediction: [4.5] }, { prediction: 4.5, confidence: null }],
      ['bare values', ['Gentoo'], { prediction: 'Gentoo', confidence: null }],
    ])('understands answers as %s', async (_, predictions, expected) => {
      endpoint.answer = () => ({ predictions })
      expect(await backend.invoke(birds(1))).toEqual([expected])
    })

    it.each([
      ['too few answers', () => ({ predictions: [] }), /expected 1 predictions, found/],
      ['something else', () => 'nonsense', /expected 1 predictions, found: "nonsense"/],
      [
        'an error',
        () => {
          throw new Error('bad row')
        },
        /status 400: bad row/,
      ],
    ])('says that the endpoint failed when it answers with %s', async (_, answer, message) => {
      endpoint.answer = answer
      await expect(backend.invoke(birds(1))).rejects.toMatchObject({
        code: 'ENDPOINT_FAILED',
        message: expect.stringMatching(message) as string,
      })
    })

    it('says that nothing answers, and what to do', async () => {
      await endpoint.close()
      await expect(backend.invoke(birds(1))).rejects.toThrow(/ECONNREFUSED.*Start it: millrace serve/)
    })

    it('sees whether a version is deployed', async () => {
      endpoint.version = 3
      expect(await backend.deploy('models:/birds/3', 3)).toEqual({ target: endpoint.url, state: 'serving' })
      await endpoint.close()
      expect(await backend.deploy('models:/birds/3', 3)).toEqual({ target: endpoint.url, state: 'not running' })
    })
  })
}
