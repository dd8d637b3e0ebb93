/** Words for missing values are told once: the model knows them from then on. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
afterAll(() => folder[Symbol.asyncDispose]())

it('predict reads a file as train did, unless it is told otherwise', async () => {
  const cwd = folder.path
  await writeFile(join(cwd, 'train.csv'), `species,mass\n${'a,1\nb,?\nb,9\n'.repeat(5)}`)
  await writeFile(join(cwd, 'new.csv'), 'mass\n1\n?\n')
  const train = ['train', 'train.csv', '--target', 'species', '--missing', '?', '--folds', '0', '--epochs', '1']
  expect(await runMillrace([...train, '--register', 'm'], { cwd })).toMatchObject({ code: 0 })
  const predict = ['predict', 'models:/m/1', '--input', 'new.csv', '--json']
  const { code, stdout } = await runMillrace(predict, { cwd })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toHaveLength(2)
  const told = await runMillrace([...predict, '--missing', 'none'], { cwd })
  expect(told.code).toBe(1)
  expect(told.stderr).toContain('column "mass"')
})
