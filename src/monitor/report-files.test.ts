/** Files that are read by parts give the report of the whole tables. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { penguinsCase } from '../../test/reference/monitor/penguins.ts'
import { readTable, writeTable } from '../data/index.ts'
import { createFileReport, createReport } from './index.ts'

const options = { target: 'species', prediction: 'prediction', driftShare: 0.1 } as const
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-monitor-'))
  const { reference, current } = await penguinsCase()
  for (const ending of ['csv', 'jsonl', 'parquet']) {
    await writeTable(join(folder, `reference.${ending}`), reference)
    await writeTable(join(folder, `current.${ending}`), current)
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('createFileReport', () => {
  it.each(['csv', 'jsonl', 'parquet'])('equals the report on tables in memory, of .%s', async (ending) => {
    const paths = [join(folder, `current.${ending}`), join(folder, `reference.${ending}`)] as const
    const [current, reference] = await Promise.all(paths.map((path) => readTable(path)))
    const whole = createReport(current!, { reference: reference!, ...options })
    // So little memory that every column is read alone.
    const parts = await createFileReport(paths[0], { reference: paths[1], memoryBytes: 1, ...options })
    expect(parts).toEqual(whole)
  })

  it('reports on one file alone', async () => {
    const path = join(folder, 'current.csv')
    expect(await createFileReport(path)).toEqual(createReport(await readTable(path)))
  })

  it.each([
    { name: 'rows.csv', text: 'a,b\n', says: 'There are no data rows' },
    { name: 'cut.parquet', text: 'PAR1', says: 'cut.parquet' },
    { name: 'broken.csv', text: 'a,b\n1\n', says: 'row 1' },
  ])('says what is wrong with $name', async ({ name, text, says }) => {
    const path = join(folder, name)
    await writeFile(path, text)
    await expect(createFileReport(path)).rejects.toThrow(says)
    await expect(createFileReport(join(folder, 'absent.csv'))).rejects.toThrow('absent.csv')
  })
})
