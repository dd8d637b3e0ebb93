/** `millrace serve` with the backend that the environment names. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqliteBackend } from '../../src/backend/index.ts'
import { penguin, type PenguinRegistry, penguinRegistry } from '../served-penguins.ts'
import { outcomeOf, startMillrace } from './run-millrace.ts'

let registry: PenguinRegistry

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.promote(await registry.register())
})

afterAll(() => registry[Symbol.asyncDispose]())

/** Serves, asks about one penguin and ends. */
async function serveOnce(env: Readonly<Record<string, string>>): ReturnType<typeof outcomeOf> {
  const child = startMillrace(['serve', 'models:/penguins@champion', '--port', '0'], { cwd: registry.folder, env })
  const ended = outcomeOf(child)
  let printed = ''
  while (!/http:\S+\n/.test(printed)) printed += String(((await once(child.stdout, 'data')) as [Buffer])[0])
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? []
  const headers = { 'content-type': 'application/json' }
  const { status } = await fetch(`${url}/predict`, { method: 'POST', headers, body: JSON.stringify(penguin) })
  expect(status).toBe(200)
  child.kill('SIGTERM')
  return await ended
}

it('keeps rows in the database of MODEL_BACKEND_DATABASE', async () => {
  const database = join(registry.folder, 'from-environment.db')
  expect(await serveOnce({ MODEL_BACKEND_DATABASE: database })).toMatchObject({ code: 0, stderr: '' })
  await using backend = sqliteBackend({ database })
  expect((await backend.load()).toRecords()).toMatchObject([penguin])
})

it('serves without a backend, and says so, when the one of MODEL_BACKEND cannot be made', async () => {
  const { code, stderr } = await serveOnce({ MODEL_BACKEND: './no-such-backend.ts' })
  expect(code).toBe(0)
  expect(stderr).toContain('Serving without a backend. Cannot make the backend ./no-such-backend.ts')
  expect(existsSync(join(registry.folder, 'data'))).toBe(false)
})
