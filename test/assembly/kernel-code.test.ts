import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { assemblyModules, compiledSource } from '../../assembly/build.ts'

it.each(assemblyModules)(
  'assembly/$folder is committed as it compiles: otherwise run `npm run build:assembly`',
  async (module) => {
    // Checked out on Windows, the file may have other line ends.
    const committed = (await readFile(module.compiled, 'utf8')).replaceAll('\r\n', '\n')
    expect(committed).toBe(await compiledSource(module))
  },
)
