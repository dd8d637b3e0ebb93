/** Data files that cannot be used: each is refused with the place, before there is a run or a store. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PENGUINS, runMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
const penguins = await readFile(PENGUINS)
const parquet = await readFile(new URL('../reference/data/gzip.parquet', import.meta.url))

interface Case {
  readonly what: string
  readonly file?: string
  readonly content?: string | Uint8Array
  readonly says: readonly string[]
  readonly options?: readonly string[]
}

const cases: readonly Case[] = [
  { what: 'no file', file: 'none.csv', says: ['none.csv', 'no such file', 'Check the path'] },
  { what: 'a folder', file: 'folder.csv', says: ['folder.csv', 'folder', 'Name a file'] },
  { what: 'an unknown ending', file: 'table.xyz', content: 'a\n1\n', says: ['table.xyz', '.parquet'] },
  { what: 'an empty file', content: '', says: ['is empty'] },
  { what: 'blank lines', content: '\n\n\n', says: ['only blank lines', 'header'] },
  { what: 'a header alone', content: 'species,b\n', says: ['no data rows'] },
  { what: 'a binary file', content: parquet.subarray(0, 500), says: ['no text', 'Parquet'] },
  { what: 'a truncated CSV', content: penguins.subarray(0, 500), says: ['row 11', 'may be cut off'] },
  { what: 'an open quote', content: 'species,b\nx,"1\ny,2\n', says: ['column "b"', 'Close the quote'] },
  { what: 'a truncated Parquet', file: 'cut.parquet', content: parquet.subarray(0, 400), says: ['cut.parquet'] },
  { what: 'text called Parquet', file: 'text.parquet', content: penguins, says: ['text.parquet'] },
  {
    what: 'broken JSON Lines',
    file: 'cut.jsonl',
    content: '{"species":"x"}\n{"species":\n',
    says: ['cut.jsonl', 'row 2'],
  },
  {
    what: 'Latin 1 bytes',
    content: Buffer.from('species,b\ncaf\xe9,1\n', 'latin1'),
    says: ['row 1', 'encoding', 'latin1'],
  },
  {
    what: 'NUL bytes in a text',
    content: 'species,b\nx\0,1\n',
    says: ['encoding', 'utf-16le'],
  },
  { what: 'a short row', content: 'species,b\nx,1\ny\nz,3\n', says: ['row 2', 'Expected 2 fields, found 1'] },
  { what: 'a long row', content: 'species,b\nx,1\ny,2,3\n', says: ['row 2', 'Expected 2 fields, found 3'] },
  { what: 'two columns of one name', content: 'species,species\nx,1\n', says: ['column "species"', 'Rename one'] },
  { what: 'a missing target', content: 'a,b\nx,1\ny,2\n', says: ['"species"', 'has: a, b'] },
  {
    what: 'a missing feature',
    content: 'species,b\nx,1\nx,1\ny,2\ny,2\n',
    options: ['--features', 'b,c'],
    says: ['"c"', 'has: species, b'],
  },
  { what: 'a row without a target', content: 'species,b\nx,1\n,2\n', says: ['row 2', 'column "species"', 'Leave out'] },
  {
    what: 'a column with nothing in it',
    content: 'species,gap\nx,\ny,\n',
    says: ['table.csv, column "gap"', 'every value is missing'],
  },
  { what: 'a feature called label', content: 'species,label\nx,1\ny,2\n', says: ['"label"', 'Rename it'] },
  {
    what: 'a gate on a score there is not',
    content: `species,b\n${'x,1\ny,2\n'.repeat(4)}`,
    options: ['--folds', '2', '--gate', 'acuracy>=0.7'],
    says: ['"acuracy"', 'accuracy, balanced_accuracy'],
  },
  { what: 'one class', content: 'species,b\nx,1\nx,2\n', says: ['column "species"', 'two classes'] },
  { what: 'a class a row', content: 'species,b\nx,1\ny,2\nz,3\n', says: ['3 classes in 3 rows', 'mlp-regressor'] },
  {
    what: 'a class smaller than the folds',
    content: `species,b\n${'x,1\ny,2\n'.repeat(9)}z,3\n`,
    says: ['"z" has 1 row', 'fewer folds'],
  },
  {
    what: 'text for numbers',
    content: 'species,b\nx,1\ny,2\n',
    options: ['--kind', 'mlp-regressor'],
    says: ['species', 'mlp-classifier'],
  },
]

describe('bad data', async () => {
  afterAll(() => folder[Symbol.asyncDispose]())
  await mkdir(join(folder.path, 'folder.csv'))

  it.each(cases)('$what is refused with its place', async ({ file = 'table.csv', content, options = [], says }) => {
    if (content !== undefined) await writeFile(join(folder.path, file), content)
    const { code, stdout, stderr } = await runMillrace(
      ['train', file, '--target', 'species', '--epochs', '1', ...options],
      { cwd: folder.path },
    )
    expect(code).toBeGreaterThan(0)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^millrace: .*\[[A-Z_]+\]\n$/s)
    for (const piece of says) expect(stderr).toContain(piece)
    expect(existsSync(join(folder.path, 'mlflow.db'))).toBe(false)
  })

  it('reads other encodings and words for missing values when told to', async () => {
    const text = 'species;b\ncaf\xe9;1\nth\xe9;?\ncaf\xe9;2\n'
    await writeFile(join(folder.path, 'latin.csv'), Buffer.from(text, 'latin1'))
    const { stdout } = await runMillrace(
      ['data', 'describe', 'latin.csv', '--encoding', 'latin1', '--missing', '?', '--delimiter', ';'],
      { cwd: folder.path },
    )
    expect(stdout).toContain('café (2), thé (1)')
    expect(stdout).toMatch(/^b +long +1 +2 +1\.5/m)
  })
})
