/** One model server that is looked at again and again: how it stands, and what it did in the last hour. */
import { setTimeout as sleep } from 'node:timers/promises'
import { asError } from '../../core/index.ts'
import { ModelServerClient, type ModelServerClientOptions, type ModelServerInfo } from './model-server-client.ts'
import { parsePrometheusText } from './prometheus-text.ts'
import { type TrafficCounts, trafficCounts } from './traffic-counts.ts'
import { goesOn, type TrafficPoint, trafficPoint } from './traffic-rates.ts'

export interface WatchOptions extends ModelServerClientOptions {
  /** Milliseconds between looks. Default: 5000. */
  readonly intervalMs?: number | undefined
}

/** What the last look found. */
export interface ServerState {
  /** Milliseconds since 1970. */
  readonly checkedAt: number
  /** Why there was no answer; undefined where there was one. */
  readonly error: string | undefined
  /** As it was when it last answered; undefined when it never did. */
  readonly info: ModelServerInfo | undefined
  readonly counts: TrafficCounts | undefined
}

/** An hour of looks every five seconds. */
const KEPT_POINTS = 720

/** Quantiles are of as many looks, a minute's. */
const QUANTILE_LOOKS = 12

export class WatchedServer {
  /** Names it in addresses: its host and path, so that it stays when others come and go. */
  readonly id: string
  readonly client: ModelServerClient
  readonly #closing = new AbortController()
  readonly #firstLook: Promise<void>
  readonly #watching: Promise<void>
  readonly #intervalMs: number
  readonly #points: TrafficPoint[] = []
  /** The counts that the next quantiles are reckoned from, oldest first. */
  #recent: TrafficCounts[] = []
  #state: ServerState = { checkedAt: 0, error: undefined, info: undefined, counts: undefined }

  /** Looks at once, and again until it is closed. @throws MillraceError INVALID_ARGUMENT for what is no address */
  constructor(url: string, { intervalMs = 5000, ...options }: WatchOptions = {}) {
    this.client = new ModelServerClient(url, options)
    this.id = this.client.url.replace(/^https?:\/\//, '').replaceAll(/[^a-zA-Z0-9]+/g, '-')
    this.#intervalMs = intervalMs
    this.#firstLook = this.#look()
    this.#watching = this.#watch()
  }

  /** What the last look found; waits for the first one. */
  async state(): Promise<ServerState> {
    await this.#firstLook
    return this.#state
  }

  /** What happened in the last hour, look by look. */
  get points(): readonly TrafficPoint[] {
    return this.#points
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing
    await this.#firstLook
    for (;;) {
      await sleep(this.#intervalMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing
    const checkedAt = Date.now()
    try {
      const [info, metrics] = await Promise.all([this.client.info(signal), this.client.metrics(signal)])
      const counts = trafficCounts(parsePrometheusText(metrics), checkedAt)
      this.#record(counts)
      this.#state = { checkedAt, error: undefined, info, counts }
    } catch (error) {
      this.#state = { ...this.#state, checkedAt, error: asError(error).message }
    }
  }

  #record(counts: TrafficCounts): void {
    const before = this.#recent.at(-1)
    if (before !== undefined && goesOn(before, counts)) {
      this.#points.push(trafficPoint(this.#recent[0]!, before, counts))
      if (this.#points.length > KEPT_POINTS) this.#points.shift()
      if (this.#recent.length === QUANTILE_LOOKS) this.#recent.shift()
      this.#recent.push(counts)
    } else this.#recent = [counts]
  }
}
