/** A server that speaks the S3 protocol, with a bucket called `models`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface S3Server extends AsyncDisposable {
  /** The variables by which a client finds it. */
  readonly env: Readonly<Record<string, string>>
}

export async function startS3(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-s3-'))
  const program = fileURLToPath(new URL('s3-server-process.ts', import.meta.url))
  // The marks between its pages are made with a cipher of old, hence a process with options of its own.
  const execArgv = ['--openssl-legacy-provider', '--no-warnings']
  const child = fork(program, [folder], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  return {
    env: {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
