/** What bench/servers.ts uses of autocannon, which brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Options {
    readonly url: string
    readonly method: 'POST'
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Uint8Array
    readonly connections: number
    /** Seconds. */
    readonly duration: number
  }

  interface Result {
    readonly errors: number
    readonly non2xx: number
  }

  type Response = (client: unknown, status: number, bytes: number, elapsedMs: number) => void

  export default function autocannon(
    options: Options,
  ): PromiseLike<Result> & { on(event: 'response', listener: Response): EventEmitter }
}
