/** The model servers that `millrace server` was told of. No other is ever asked. */
import { MillraceError, suggest } from '../../core/index.ts'
import { WatchedServer, type WatchOptions } from './watched-server.ts'

export class ModelServers implements AsyncDisposable {
  readonly #servers = new Map<string, WatchedServer>()

  /** @throws MillraceError INVALID_ARGUMENT for what is no address, or one that is given twice */
  constructor(urls: readonly string[], options: WatchOptions = {}) {
    for (const url of urls) {
      const server = new WatchedServer(url, options)
      if (this.#servers.has(server.id)) {
        throw new MillraceError('INVALID_ARGUMENT', `The model server ${server.client.url} is given twice.`)
      }
      this.#servers.set(server.id, server)
    }
  }

  /** In the order they were given. */
  all(): readonly WatchedServer[] {
    return [...this.#servers.values()]
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST naming those there are */
  get(id: string): WatchedServer {
    const server = this.#servers.get(id)
    if (server !== undefined) return server
    const hint =
      this.#servers.size === 0
        ? 'Name it when this server is started: millrace server --serving http://127.0.0.1:8080'
        : suggest(id, [...this.#servers.keys()], 'model servers')
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no model server "${id}" here. ${hint}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all().map(async (server) => await server.close()))
  }
}
