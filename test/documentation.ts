/** Runs the examples of a page as they stand; each has to print what the page says it prints. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

/**
 * Tests each TypeScript example of a page, such as `docs/data.md`, that is followed by a block of text, its output. An example runs in a
 * folder of its own, with copies of `files` of the project, and imports the package from source.
 */
export function testExamples(page: string, minimum: number, files: readonly string[] = []): void {
  const text = readFileSync(new URL(page, root), 'utf8')
  const examples = [...text.matchAll(/```ts\n((?:(?!```).)*)```\s+```text\n(.*?)```/gs)].map(
    ([, code = '', output = ''], i) => ({
      number: i + 1,
      code,
      output,
    }),
  )

  describe(page, () => {
    it('has examples', () => {
      expect(examples.length).toBeGreaterThanOrEqual(minimum)
    })

    it.each(examples)('example $number prints what it says', async ({ code, output }) => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'))
      try {
        // Outside of the package its name does not resolve, and the example writes into the folder it runs in.
        await writeFile(join(folder, 'example.ts'), withSources(code))
        await writeFile(join(folder, 'package.json'), '{"type": "module"}')
        for (const file of files) await cp(fileURLToPath(new URL(file, root)), join(folder, file))
        const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', 'example.ts'], { cwd: folder })
        expect(stdout).toBe(output)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  })
}

/** The code with imports of the package, and of zod, by their places. */
function withSources(code: string): string {
  return code.replaceAll(/'millrace\/(\w+)'/g, sourceOf).replaceAll("'zod'", JSON.stringify(import.meta.resolve('zod')))
}

/** The place of `millrace/<room>` in an import. */
function sourceOf(_: string, room: string): string {
  return JSON.stringify(new URL(`src/${room}/index.ts`, root).href)
}
