/** The examples of docs/training.md, run as they stand; each prints what the comments behind its console.log say. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../../docs/training.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => ({
  code,
  printed: [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, text = '']) => text).join(' '),
}))

describe('docs/training.md', () => {
  it('has examples that say what they print', () => {
    expect(examples.filter(({ printed }) => printed !== '').length).toBeGreaterThan(5)
  })

  it.each(examples.map((example, i) => ({ ...example, number: i + 1 })))(
    'example $number prints what it says',
    async ({ code, printed }) => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'))
      try {
        // Outside of the package its name does not resolve.
        await writeFile(join(folder, 'example.ts'), code.replaceAll(/'millrace\/(\w+)'/g, source))
        await writeFile(join(folder, 'package.json'), '{"type": "module"}')
        const options = { cwd: folder, env: { ...process.env, TMPDIR: folder } }
        const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', 'example.ts'], options)
        expect(oneLine(stdout).endsWith(oneLine(printed)), stdout).toBe(true)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})

/** Long lists are printed on several lines, and commented on one. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** The place of `millrace/<room>` in an import. */
function source(_: string, room: string): string {
  return JSON.stringify(new URL(`../${room}/index.ts`, import.meta.url).href)
}
