/** Columns of codes: text to the model, digits to whoever reads one file alone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runMillrace } from './run-millrace.ts'

describe('a model on codes', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'millrace-codes-'))
    const rows = Array.from({ length: 40 }, (_, row) => (row % 2 === 0 ? 'A1,no' : '7,yes'))
    await writeFile(join(cwd, 'codes.csv'), ['code,answer', ...rows].join('\n'))
    await writeFile(join(cwd, 'digits.csv'), 'code\n7\n7\n')
  })
  afterAll(async () => await rm(cwd, { recursive: true, force: true }))

  it('takes a file that holds only digits there', async () => {
    const trained = await runMillrace(
      [
        'train',
        'codes.csv',
        '--target',
        'answer',
        '--folds',
        '0',
        '--epochs',
        '100',
        '--learning-rate',
        '0.05',
        '--register',
        'codes',
      ],
      { cwd },
    )
    expect(trained.code, trained.stderr).toBe(0)
    const { code, stdout, stderr } = await runMillrace(['predict', 'models:/codes/1', '--input', 'digits.csv'], { cwd })
    expect(code, stderr).toBe(0)
    expect(stdout.split('\n').filter((line) => line.startsWith('yes,'))).toHaveLength(2)
  })

  it('is not trained when its alias could not be set', async () => {
    const refused = await runMillrace(
      ['train', 'codes.csv', '--target', 'answer', '--folds', '0', '--register', 'other', '--alias', 'latest'],
      { cwd },
    )
    expect(refused.code).toBe(2)
    const { stdout } = await runMillrace(['models', 'list'], { cwd })
    expect(stdout).not.toContain('other')
  })
})
