/** `millrace serve`: starts, says what to try, answers, and ends in order. */
import { type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { readTable } from '../../src/data/index.ts'
import { penguin, type PenguinRegistry, penguinRegistry } from '../served-penguins.ts'
import { outcomeOf, runMillrace, startMillrace } from './run-millrace.ts'

let registry: PenguinRegistry

beforeAll(async () => {
  registry = await penguinRegistry()
  await registry.promote(await registry.register())
})

afterAll(() => registry[Symbol.asyncDispose]())

/** Whatever a test that failed has left running. */
const children: ChildProcessWithoutNullStreams[] = []
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))

interface Serving {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: ReturnType<typeof outcomeOf>
  readonly url: string
  /** What was printed so far. */
  readonly printed: () => string
}

async function serve(...args: readonly string[]): Promise<Serving> {
  const child = startMillrace(['serve', 'models:/penguins@champion', '--port', '0', ...args], { cwd: registry.folder })
  children.push(child)
  const ended = outcomeOf(child)
  let printed = ''
  for (;;) {
    const [piece] = (await Promise.race([once(child.stdout, 'data'), once(child, 'close')])) as [unknown]
    if (!(piece instanceof Buffer)) throw new Error(`It ended: ${(await ended).stderr}`)
    printed += piece.toString()
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0]
    // The hints come behind the line with the URL.
    const isDone = printed.endsWith(args.includes('--json') ? '\n' : 'Ctrl-C\n\n')
    if (url !== undefined && isDone) return { child, ended, url, printed: () => printed }
  }
}

async function predict(url: string, body = JSON.stringify(penguin)): Promise<Response> {
  return await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}

describe('millrace serve', () => {
  it('answers, keeps what it was asked, and ends on SIGTERM with 0', async () => {
    const { child, ended, url } = await serve('--capture', 'kept.jsonl')
    expect((await predict(url)).status).toBe(200)
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Serving models:/penguins@champion (version 1) at ${url}`)
    expect(stdout).toMatch(/SIGTERM: finishing what is under way/)
    const kept = await readTable(join(registry.folder, 'kept.jsonl'))
    expect(kept.toRecords()).toMatchObject([{ ...penguin, prediction: expect.any(String) as string }])
  })

  it('shows a command that works as it stands', async () => {
    const { child, ended, url, printed } = await serve()
    const body = /-d '(.*)'/.exec(printed())![1]!
    expect(printed()).toContain(`try   curl ${url}/predict -H 'Content-Type: application/json' -d '`)
    expect((await predict(url, body)).status).toBe(200)
    child.kill('SIGINT')
    expect((await ended).code).toBe(0)
  })

  it('finishes a request that has begun when it is told to end', async () => {
    const { child, ended, url } = await serve()
    const body = JSON.stringify(penguin)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    const reply = text(socket)
    const head = `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    socket.write(head + body.slice(0, 5))
    await fetch(`${url}/ping`)
    child.kill('SIGTERM')
    await once(child.stdout, 'data')
    socket.write(body.slice(5))
    expect(await reply).toMatch(/^HTTP\/1.1 200 OK[^]*"prediction"/)
    expect((await ended).code).toBe(0)
  })

  it('ends at once on a second signal', async () => {
    const { child, ended, url } = await serve()
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
    await once(socket, 'connect')
    socket.write('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n')
    await fetch(`${url}/ping`)
    child.kill('SIGTERM')
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(130)
  })

  it('logs JSON lines for machines', async () => {
    const { child, ended, url } = await serve('--json', '--access-log')
    await predict(url)
    child.kill('SIGTERM')
    const lines = (await ended).stdout.trim().split('\n')
    const events = lines.map((line) => JSON.parse(line) as { event: string; time: string })
    expect(events.map(({ event }) => event)).toEqual(['serving', 'request', 'stopping', 'stopped'])
    for (const { time } of events) expect(time).toMatch(/^\d{4}-\d\d-\d\dT/)
  })

  it('says that the port is taken', async () => {
    const { child, ended, url } = await serve()
    const { port } = new URL(url)
    const args = ['serve', 'models:/penguins@champion', '--port', port]
    const { code, stderr } = await runMillrace(args, { cwd: registry.folder })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(
        `^millrace: Cannot listen on 127.0.0.1:${port}: another program has the port.*\\[PORT_UNAVAILABLE\\]\n$`,
      ),
    )
    child.kill('SIGTERM')
    await ended
  })

  it.each([
    [['models:/penguins@champio'], 4, /Did you mean "champion"/],
    [['models:/penguins/1', '--ab', 'models:/penguins/9=1'], 4, /Model Version \(name=penguins, version=9\) not found/],
    [['models:/penguins/1', '--canary', 'models:/penguins/1=half'], 2, /Expected a number/],
    [['models:/penguins/1', '--canary', 'models:/penguins/1=1.5'], 2, /The canaries take 1.5 of all requests/],
    [
      ['models:/penguins/1', '--capture', 'kept.txt'],
      2,
      /expected a file that ends in \.db \(SQLite\), \.jsonl or \.csv/,
    ],
    [['models:/penguins/1', '--answers', 'xml'], 2, /Allowed choices are columns, rows/],
    [['models:/penguins/1', '--host', '192.0.2.1'], 1, /this machine has no such address/],
  ])('refuses %j', async (args, code, message) => {
    const outcome = await runMillrace(['serve', ...args, ...(args.includes('--host') ? [] : ['--port', '0'])], {
      cwd: registry.folder,
    })
    expect(outcome.stderr).toMatch(message)
    expect(outcome.code).toBe(code)
  })

  it('keeps requests in SQLite by way of the local backend', async () => {
    const { child, ended, url } = await serve('--capture', 'kept.db')
    await predict(url)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect((await readFile(join(registry.folder, 'kept.db'))).subarray(0, 15).toString()).toBe('SQLite format 3')
  })

  it('answers while its database is locked, and keeps the rows when it is free again', async () => {
    const file = join(registry.folder, 'locked.db')
    const { child, ended, url } = await serve('--capture', 'locked.db')
    await predict(url)
    await vi.waitFor(async () => expect(await metrics(url)).toContain('capture_rows_total{outcome="saved"} 1'), 10_000)
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    expect((await predict(url)).status).toBe(200)
    await sleep(200)
    expect(await metrics(url)).toContain('millrace_capture_waiting_rows 1')
    other.exec('commit')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(other.prepare('select count(*) as rows from data').get()).toEqual({ rows: 2 })
    other.close()
  })
})

async function metrics(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text()
}
