/** A model URI being served: follows its alias or stage, and changes over to a new version without a gap. */
import { setTimeout as sleep } from 'node:timers/promises'
import { asError } from '../core/index.ts'
import type { Log } from './log.ts'
import type { ModelSource } from './model-source.ts'
import { type LoadOptions, ServedModel } from './served-model.ts'

/** `primary` models share the requests by weight; a canary takes a share of all; a shadow answers nobody. */
export type Role = 'primary' | 'canary' | 'shadow'

export interface DeploymentOptions {
  readonly uri: string
  readonly role: Role
  readonly weight: number
  readonly source: ModelSource
  readonly load: LoadOptions
  /** Milliseconds between looks at the registry. */
  readonly pollMs: number
  readonly log: Log
  readonly onSwap: (outcome: 'swapped' | 'failed') => void
}

/** A version that could not be loaded is tried again after this. */
const RETRY_MS = 10_000

export class Deployment {
  readonly #options: DeploymentOptions
  readonly #closing = new AbortController()
  #model: ServedModel
  #following: Promise<void> | undefined
  #failed: { readonly version: number; readonly atMs: number } | undefined
  /** The event that was last complained of, while it lasts. */
  #complaint: string | undefined

  private constructor(options: DeploymentOptions, model: ServedModel) {
    this.#options = options
    this.#model = model
    if (options.source.moves(options.uri)) this.#following = this.#follow()
  }

  /** Loads the model that the URI means now. @throws MillraceError when there is none, or it cannot be loaded */
  static async start(options: DeploymentOptions): Promise<Deployment> {
    const identity = await options.source.resolve(options.uri)
    return new Deployment(options, await ServedModel.load(identity, options.load))
  }

  get uri(): string {
    return this.#options.uri
  }

  get role(): Role {
    return this.#options.role
  }

  get weight(): number {
    return this.#options.weight
  }

  /** The version that answers new requests. */
  get model(): ServedModel {
    return this.#model
  }

  /** Stops following and frees the model once its requests have their answers. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#following
    await this.#model.retire()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing
    for (;;) {
      await sleep(this.#options.pollMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
      try {
        await this.#look()
      } catch (error) {
        this.#complain('store_unavailable', `Cannot see which version ${this.uri} is set to: ${asError(error).message}`)
      }
    }
  }

  async #look(): Promise<void> {
    const version = await this.#options.source.currentVersion(this.uri)
    if (version === undefined) {
      return this.#complain('alias_gone', `Nothing is set to ${this.uri} any more.`)
    }
    this.#endComplaint(version)
    if (version === this.#model.identity.version || this.#failedLately(version)) return
    await this.#swap(version)
  }

  #failedLately(version: number): boolean {
    return this.#failed?.version === version && performance.now() < this.#failed.atMs + RETRY_MS
  }

  async #swap(version: number): Promise<void> {
    const { source, load, log, onSwap } = this.#options
    const previous = this.#model
    const facts = { uri: this.uri, from: previous.identity.version, to: version }
    try {
      const next = await ServedModel.load(await source.resolve(this.uri), load)
      this.#model = next
      this.#failed = undefined
      onSwap('swapped')
      log({ level: 'info', event: 'model_swapped', message: `${this.uri} is version ${version} now.`, ...facts })
      void previous.retire()
    } catch (error) {
      const repeated = this.#failed?.version === version
      this.#failed = { version, atMs: performance.now() }
      onSwap('failed')
      if (repeated) return
      const message = `Version ${version} of ${this.uri} cannot be served, version ${previous.identity.version} goes on: ${asError(error).message}`
      log({ level: 'error', event: 'model_swap_failed', message, ...facts })
    }
  }

  /** Once, until something else happens: a reason may change its words from look to look. */
  #complain(event: 'store_unavailable' | 'alias_gone', reason: string): void {
    if (this.#complaint === event) return
    this.#complaint = event
    const message = `${reason} Version ${this.#model.identity.version} goes on.`
    this.#options.log({ level: 'warning', event, message, uri: this.uri })
  }

  #endComplaint(version: number): void {
    if (this.#complaint === undefined) return
    this.#complaint = undefined
    const message = `${this.uri} is seen again: it is set to version ${version}.`
    this.#options.log({ level: 'info', event: 'alias_seen_again', message, uri: this.uri })
  }
}
