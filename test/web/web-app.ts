/** The web app in a real browser, before a real server on a store of the test. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import type { OpenPort } from '../../src/core/index.ts'
import { webPages } from '../../src/app/index.ts'
import { createTrackingServer, listenTracking, type TrackingServerOptions } from '../../src/tracking/server/index.ts'
import { openBrowser } from '../browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder with the app as it is built from the sources as they are now. One test builds it for all. */
export async function builtWebApp(): Promise<string> {
  const place = join(tmpdir(), `millrace-web-${await hashOfSources()}`)
  if (existsSync(place)) return place
  const folder = await mkdtemp(`${place}-`)
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const config = join(root, 'web/vite.config.ts')
  // As it is published: the variable of the test run would build React's version for development.
  const env = { ...process.env, NODE_ENV: 'production' }
  const args = [vite, 'build', '--config', config, '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn']
  await promisify(execFile)(process.execPath, args, { env })
  await rename(folder, place).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true })
    if (!existsSync(place)) throw error
  })
  return place
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  const files = (await readdir(join(root, 'web'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of [...files.sort(), join(root, 'package-lock.json')]) hash.update(file).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

export interface OpenApp extends AsyncDisposable {
  readonly page: Page
  readonly url: string
  /** What the page's scripts complained about. */
  readonly complaints: readonly string[]
  /** Stops the server for as long as `work` takes, then starts it again at its address. */
  readonly withoutServer: (work: () => Promise<void>) => Promise<void>
}

/** The app on the store at `trackingUri`, in a browser of its own; undefined where there is no browser. */
export async function openApp(
  trackingUri: string,
  { endpoints = [] }: Pick<TrackingServerOptions, 'endpoints'> = {},
): Promise<OpenApp | undefined> {
  const browser = await openBrowser()
  if (browser === undefined) return undefined
  const pages = await webPages(await builtWebApp())
  const listen = async (port: number): Promise<OpenPort> =>
    await listenTracking(await createTrackingServer({ trackingUri, endpoints, pages }), { port })
  let listening = await listen(0)
  const { page, complaints } = await watchedPage(browser)
  return {
    page,
    url: listening.url,
    complaints,
    withoutServer: async (work) => {
      await listening.close()
      try {
        await work()
      } finally {
        listening = await listen(Number(new URL(listening.url).port))
      }
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await listening.close()
    },
  }
}

async function watchedPage(browser: Browser): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') complaints.push(`asks ${request.url()}`)
  })
  return { page, complaints }
}
