import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { compiledModule, compiledSource } from '../../../assembly/build.ts'

it('is what the AssemblyScript compiles to: otherwise run `npm run build:assembly`', async () => {
  // Checked out on Windows, the file may have other line ends.
  const committed = (await readFile(compiledModule, 'utf8')).replaceAll('\r\n', '\n')
  expect(committed).toBe(await compiledSource())
})
