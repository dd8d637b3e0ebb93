/** Traffic at 32 connections while the alias moves from version to version: no request may fail. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Comparison } from './pairs.ts'
import { load, startMillrace, trainedStore } from './servers.ts'

const SECONDS = 60
const EVERY_SECONDS = 5
const CONNECTIONS = 32

export async function compare(): Promise<Comparison[]> {
  const store = await trainedStore()
  await using _ = store.client
  await using server = await startMillrace(store, 5614)
  const underLoad = load(server.url, CONNECTIONS, SECONDS)
  const moves = Math.floor(SECONDS / EVERY_SECONDS) - 1
  const waits: number[] = []
  for (let move = 0; move < moves; move++) {
    await sleep(EVERY_SECONDS * 1000)
    const version = 2 - (move % 2)
    await store.client.setRegisteredModelAlias('penguins', 'champion', version)
    waits.push(await untilServed(server.url, version))
  }
  const { requests, failed, slowest } = await underLoad
  return [
    {
      what: `${SECONDS} s at ${CONNECTIONS} connections, the alias moved ${moves} times`,
      millrace: `${requests.toLocaleString('en')} requests, ${failed} failed; the slowest took ${slowest.toFixed(0)} ms; a new version answered after at most ${Math.max(...waits).toFixed(0)} ms`,
      peer: '—',
      ratio: '—',
      goal: '0 failed, within 2 s',
      met: failed === 0 && Math.max(...waits) <= 2000,
    },
  ]
}

/** How long it takes until the version answers, in milliseconds. */
async function untilServed(url: string, version: number): Promise<number> {
  const started = performance.now()
  for (;;) {
    const info = (await (await fetch(`${url}/model_info`)).json()) as { version: number }
    if (info.version === version) return performance.now() - started
    await sleep(20)
  }
}
