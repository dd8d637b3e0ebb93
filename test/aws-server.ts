/** Moto's server, which speaks the protocols of AWS, where Python has it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from './free-port.ts'
import { python, pythonHas } from './python.ts'

export const hasMoto: boolean = pythonHas('moto') && pythonHas('flask')

export interface AwsServer extends AsyncDisposable {
  readonly url: string
  /** The variables by which a client finds it. */
  readonly env: Readonly<Record<string, string>>
}

export async function startAws(): Promise<AwsServer> {
  const port = await freePort()
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let printed = ''
  for await (const piece of child.stderr.iterator({ destroyOnReturn: false })) {
    printed += String(piece)
    if (printed.includes('Running on')) break
  }
  child.stderr.resume()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    env: { AWS_ENDPOINT_URL: url, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}
