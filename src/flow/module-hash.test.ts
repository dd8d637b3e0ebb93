import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { runFlow } from './index.ts'
import { hashModule } from './module-hash.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-module-hash-'))
afterAll(async () => await rm(folder, { recursive: true, force: true }))

const files: Readonly<Record<string, string>> = {
  'flow.ts': `import { flow } from 'millrace/flow'
    import { step } from './steps/step.ts'
    import 'some-package/part'
    import { nothing } from './not-there.ts'
    export default 1`,
  'steps/step.ts': `export { deep } from '../deep.mjs'\nexport const step = async () => (await import("./late.ts")).late`,
  'steps/late.ts': 'export const late = 1',
  'deep.mjs': `import table from './table.json' with { type: 'json' }\nimport '../flow.ts'\nexport const deep = table`,
  'table.json': '[1]',
  'beside.ts': 'export const beside = 1',
  'node_modules/some-package/package.json':
    '{ "name": "some-package", "version": "1.0.0", "exports": { "./part": "./x.js" } }',
}
const place = (name: string): string => join(folder, 'code', name)

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(place(name)), { recursive: true })
  await writeFile(place(name), text)
}

beforeEach(async () => {
  for (const [name, text] of Object.entries(files)) await write(name, text)
})

describe('the hash of a module', () => {
  it.each(['flow.ts', 'steps/step.ts', 'steps/late.ts', 'deep.mjs', 'table.json'])(
    'changes with %s, which it imports by some way',
    async (name) => {
      const before = hashModule(place('flow.ts'))
      await write(name, `${files[name]!}\n`)
      expect(hashModule(place('flow.ts'))).not.toBe(before)
    },
  )

  it('changes with the version of a package', async () => {
    const before = hashModule(place('flow.ts'))
    const name = 'node_modules/some-package/package.json'
    await write(name, files[name]!.replace('1.0.0', '1.0.1'))
    expect(hashModule(place('flow.ts'))).not.toBe(before)
  })

  it('does not change with what is not imported, nor with the place of it all', async () => {
    const before = hashModule(place('flow.ts'))
    await write('beside.ts', 'export const beside = 2')
    await cp(place('.'), join(folder, 'moved'), { recursive: true })
    expect(hashModule(place('flow.ts'))).toBe(before)
    expect(hashModule(join(folder, 'moved', 'flow.ts'))).toBe(before)
  })
})

it('decides whether a result of the cache is taken', async () => {
  await write('factor.ts', 'export const factor = 2')
  await write(
    'cached.ts',
    `import { flow } from 'millrace/flow'
    import { factor } from './factor.ts'
    export default flow('cached').step('multiply', () => ({ product: 21 * factor }))`,
  )
  expect(await runCached()).toEqual([42, 0])
  expect(await runCached()).toEqual([42, 1])
  await write('factor.ts', 'export const factor = 3')
  expect(await runCached()).toEqual([63, 0])
})

async function runCached(): Promise<unknown> {
  const { artifacts, tasks } = await runFlow(place('cached.ts'), { root: join(folder, 'flows'), cache: true })
  return [artifacts['product'], tasks.cached]
}
