/** The examples of docs/tracking.md, run as they stand; each prints what the page says it prints. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../../docs/tracking.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```ts\n(.*?)```\s+```text\n(.*?)```/gs)].map(([, code = '', output = '']) => ({
  code,
  output,
}))

describe('docs/tracking.md', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(2)
  })

  it.each(examples.map((example, i) => ({ ...example, number: i + 1 })))(
    'example $number prints what it says',
    async ({ code, output }) => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'))
      try {
        // Outside of the package its name does not resolve, and the example writes into the folder it runs in.
        const source = new URL('./index.ts', import.meta.url).href
        await writeFile(join(folder, 'example.ts'), code.replaceAll("'millrace/tracking'", JSON.stringify(source)))
        await writeFile(join(folder, 'package.json'), '{"type": "module"}')
        const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', 'example.ts'], { cwd: folder })
        expect(stdout).toBe(output)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
