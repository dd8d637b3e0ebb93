/** How much a browser has to get before it shows the first page. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { builtWebApp } from './web-app.ts'

test('is less than 350 kB, compressed', async () => {
  const folder = await builtWebApp()
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => join(folder, path!))
  expect(files.filter((file) => /\.(js|css)$/.test(file)).length).toBeGreaterThan(1)
  const contents = await Promise.all(files.map(async (file) => await readFile(file)))
  const sizeBytes = [Buffer.from(page), ...contents].reduce((sum, content) => sum + gzipSync(content).length, 0)
  expect(sizeBytes).toBeLessThan(350_000)
})
