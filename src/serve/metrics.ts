/** What the server counts, in the form that Prometheus reads. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Prediction } from '../model/index.ts'
import { highest } from './answers.ts'
import type { CaptureCounts } from './capture.ts'
import type { Role } from './deployment.ts'
import type { ModelIdentity } from './served-model.ts'

/** A model as it is served now. */
interface ServedInfo {
  readonly identity: ModelIdentity
  readonly role: Role
  readonly share: number
}

export interface MetricSources {
  readonly served: () => readonly ServedInfo[]
  readonly capture: () => CaptureCounts | undefined
}

/** What one version has answered so far. Counted by hand: cheaper than a labelled counter a row. */
interface Tally {
  readonly labels: { readonly model: string; readonly version: string }
  requests: number
  rows: number
  badRows: number
  confidence: number
  readonly classes: Map<string, number>
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const VERSION_LABELS = ['model', 'version'] as const

export class ServerMetrics {
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]
  readonly #tallies = new Map<string, Tally>()
  readonly #requests = this.#counter('millrace_requests', 'Requests by route and status.', ['route', 'status'])
  readonly #swaps = this.#counter('millrace_model_swaps', 'Changes to another version, and failures to change.', [
    'outcome',
  ])
  readonly #shadow = this.#counter(
    'millrace_shadow_rows',
    'Rows a shadow scored, and whether it agreed with the answer that was given.',
    [...VERSION_LABELS, 'agrees'],
  )
  readonly #duration = new Histogram({
    name: 'millrace_request_duration_seconds',
    help: 'From the arrival of a request to its reply.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers: this.#registers,
  })
  readonly #runRows = new Histogram({
    name: 'millrace_run_rows',
    help: 'Rows scored in one run of a model.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 8192],
    registers: this.#registers,
  })
  readonly #runRequests = new Histogram({
    name: 'millrace_run_requests',
    help: 'Requests that shared one run of a model.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers: this.#registers,
  })

  constructor({ served, capture }: MetricSources) {
    this.#addTallies()
    this.#addServed(served)
    this.#addCapture(capture)
    this.#addProcess()
  }

  request(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status })
    this.#duration.observe({ route }, seconds)
  }

  run(requests: number, rows: number): void {
    this.#runRequests.observe(requests)
    this.#runRows.observe(rows)
  }

  swap(outcome: 'swapped' | 'failed'): void {
    this.#swaps.inc({ outcome })
  }

  shadow({ name, version }: ModelIdentity, agrees: boolean | 'error', rows: number): void {
    this.#shadow.inc({ model: name, version: version ?? '', agrees: String(agrees) }, rows)
  }

  /** Counts the answer to one request. */
  answered(identity: ModelIdentity, prediction: Prediction, badRows: number): void {
    const tally = this.#tallyOf(identity)
    tally.requests++
    tally.badRows += badRows
    if (prediction.task === 'regression') {
      tally.rows += prediction.values.length
      return
    }
    const { labels, probabilities, classes } = prediction
    tally.rows += labels.length
    labels.forEach((label, row) => {
      tally.confidence += highest(probabilities, row, classes.length)
      tally.classes.set(label, (tally.classes.get(label) ?? 0) + 1)
    })
  }

  /** The text of GET /metrics. */
  async text(): Promise<string> {
    return await this.#registry.metrics()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  #counter<const L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect?: (counter: Counter<L>) => void,
  ): Counter<L> {
    const registers = this.#registers
    const counter: Counter<L> = new Counter({
      name: `${name}_total`,
      help,
      labelNames,
      registers,
      // What is counted elsewhere is written down when somebody looks.
      ...(collect && {
        collect: () => {
          counter.reset()
          collect(counter)
        },
      }),
    })
    return counter
  }

  #gauge<const L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void,
  ): void {
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames,
      registers: this.#registers,
      collect: () => {
        gauge.reset()
        collect(gauge)
      },
    })
  }

  #tallyOf({ name, version }: ModelIdentity): Tally {
    const key = `${version}/${name}`
    const known = this.#tallies.get(key)
    if (known !== undefined) return known
    const labels = { model: name, version: version === undefined ? '' : String(version) }
    const tally: Tally = { labels, requests: 0, rows: 0, badRows: 0, confidence: 0, classes: new Map() }
    this.#tallies.set(key, tally)
    return tally
  }

  #addTallies(): void {
    const tallies = this.#tallies
    const add = (name: string, help: string, value: (tally: Tally) => number): void => {
      this.#counter(`millrace_model_${name}`, help, VERSION_LABELS, (counter) => {
        for (const tally of tallies.values()) counter.inc(tally.labels, value(tally))
      })
    }
    add('requests', 'Requests answered by each version.', ({ requests }) => requests)
    add('rows', 'Rows scored by each version.', ({ rows }) => rows)
    add('bad_rows', 'Rows that did not fit the signature and were skipped.', ({ badRows }) => badRows)
    add('confidence', 'Sum of the confidence of all rows; by the rows, its mean.', ({ confidence }) => confidence)
    const labelNames = [...VERSION_LABELS, 'class'] as const
    this.#counter('millrace_model_predictions', 'Rows by predicted class.', labelNames, (counter) => {
      for (const { labels, classes } of tallies.values()) {
        for (const [name, count] of classes) counter.inc({ ...labels, class: name }, count)
      }
    })
  }

  #addServed(served: MetricSources['served']): void {
    const labelNames = [...VERSION_LABELS, 'role', 'uri'] as const
    this.#gauge('millrace_model_share', 'The share of requests of each model that is served.', labelNames, (gauge) => {
      for (const { identity, role, share } of served()) {
        gauge.set({ model: identity.name, version: identity.version ?? '', role, uri: identity.uri }, share)
      }
    })
  }

  #addCapture(capture: MetricSources['capture']): void {
    const outcomes = ['saved', 'failed', 'dropped'] as const
    const help = 'Rows kept (saved), or given up because the store failed or was too slow.'
    this.#counter('millrace_capture_rows', help, ['outcome'], (counter) => {
      const counts = capture()
      if (counts !== undefined) for (const outcome of outcomes) counter.inc({ outcome }, counts[outcome])
    })
    this.#gauge('millrace_capture_waiting_rows', 'Rows that wait to be kept.', [], (gauge) => {
      gauge.set(capture()?.waiting ?? 0)
    })
  }

  /** The usual names, without the observers of prom-client's own collection, which cannot be stopped again. */
  #addProcess(): void {
    const startSeconds = Date.now() / 1000 - process.uptime()
    this.#gauge('process_resident_memory_bytes', 'Memory of the process.', [], (gauge) => {
      gauge.set(process.memoryUsage.rss())
    })
    this.#gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', [], (gauge) => {
      gauge.set(startSeconds)
    })
    this.#counter('process_cpu_seconds', 'Processor time of the process.', [], (counter) => {
      const { user, system } = process.cpuUsage()
      counter.inc((user + system) / 1e6)
    })
  }
}
