/** Files that are larger than what the server may hold: through the proxy to a folder and a bucket, and back. */
import { type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type S3Server, startS3 } from '../s3-server.ts'
import { startMillrace } from './run-millrace.ts'

const PIECE = 2 ** 20
const PIECES = 256
/** Most that the server may grow by, in megabytes. What is on its way comes to some 110, whatever the size of the file. */
const MOST_GROWTH = 192
const PATH = '/api/2.0/mlflow-artifacts/artifacts/large/weights.bin'

let s3: S3Server
let folder: string
let server: ChildProcessWithoutNullStreams | undefined

beforeAll(async () => {
  s3 = await startS3()
})

afterAll(async () => {
  await s3[Symbol.asyncDispose]()
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function start(destination: string): Promise<number> {
  folder = await mkdtemp(join(tmpdir(), 'millrace-large-'))
  const args = ['server', '--port', '0', '--json', '--artifacts-destination', destination]
  server = startMillrace(args, { cwd: folder, env: s3.env })
  let printed = ''
  for (;;) {
    printed += String(await once(server.stdout, 'data'))
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1]
    if (port !== undefined) return Number(port)
  }
}

/** The file, piece by piece, each of other bytes. */
function* content(pieces = PIECES): Generator<Buffer> {
  for (let i = 0; i < pieces; i++) yield Buffer.alloc(PIECE, String(i))
}

async function upload(port: number, pieces = PIECES): Promise<number> {
  const asked = request({ port, host: '127.0.0.1', method: 'PUT', path: PATH })
  const answered = once(asked, 'response') as Promise<[{ statusCode: number; resume: () => void }]>
  await pipeline(Readable.from(content(pieces)), asked)
  const [response] = await answered
  response.resume()
  return response.statusCode
}

async function downloadedHash(port: number): Promise<string> {
  const { body } = await fetch(`http://127.0.0.1:${port}${PATH}`)
  const hash = createHash('sha256')
  await pipeline(Readable.fromWeb(body!), hash)
  return hash.digest('hex')
}

/** The most memory the process has ever had, in megabytes. */
function peakMegabytes({ pid }: ChildProcessWithoutNullStreams): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000
}

describe.skipIf(process.platform !== 'linux')(
  'an artifact larger than the memory for it (skipped but on Linux)',
  () => {
    it.each(['./artifacts', 's3://models/artifacts'])(
      'goes to %s and back',
      { timeout: 60_000 },
      async (destination) => {
        const port = await start(destination)
        // What the library for buckets takes itself is not what is asked about.
        expect(await upload(port, 8)).toBe(200)
        const before = peakMegabytes(server!)
        expect(await upload(port)).toBe(200)
        const hash = createHash('sha256')
        for (const piece of content()) hash.update(piece)
        expect(await downloadedHash(port)).toBe(hash.digest('hex'))
        expect(peakMegabytes(server!) - before).toBeLessThan(MOST_GROWTH)
        if (destination.startsWith('.'))
          expect(await readdir(join(folder, 'artifacts', 'large'))).toEqual(['weights.bin'])
      },
    )
  },
)
