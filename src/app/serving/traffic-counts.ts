/** What a model server has counted so far, from the samples of its /metrics. docs/serving.md names them. */
import type { Sample } from './prometheus-text.ts'

/** What one version has answered, of all that is served or was. */
export interface VersionCounts {
  readonly model: string
  /** null for a folder. */
  readonly version: number | null
  requests: number
  rows: number
  badRows: number
  /** The sum of the confidence of all rows. */
  confidence: number
  /** Rows by predicted class. */
  readonly classes: Map<string, number>
  /** As a shadow: rows by whether they agreed with the answer that was given; `error` where it had none. */
  readonly shadow: { agreed: number; differed: number; failed: number }
}

/** All counts only grow, until the server starts again. */
export interface TrafficCounts {
  /** Milliseconds since 1970. */
  readonly timeMs: number
  /** When the server began, in seconds since 1970: another one is another server. */
  startSeconds: number
  /** Requests for predictions, and of these the refused (4xx) and the failed (5xx). */
  requests: number
  refused: number
  failed: number
  /** Requests that took at most so many seconds. */
  readonly withinSeconds: Map<number, number>
  runs: number
  runRows: number
  readonly versions: Map<string, VersionCounts>
  /** Rows of the capture by outcome, where the server captures. */
  readonly capture: Map<string, number>
}

/** Paths that tell of the server; all others are asked for predictions. */
const aboutServer = new Set([
  '/',
  '/ping',
  '/health',
  '/version',
  '/model_info',
  '/metrics',
  '/openapi.json',
  '/docs',
  'none',
])

function isScoring(route = 'none'): boolean {
  if (route.startsWith('/v2')) return route.endsWith('/infer')
  // What has an ending is a file of an app.
  return !aboutServer.has(route) && !/\.\w+$/.test(route)
}

type Add = (counts: TrafficCounts, value: number, labels: Sample['labels']) => void

const add: Readonly<Record<string, Add>> = {
  process_start_time_seconds: (counts, value) => (counts.startSeconds = value),
  millrace_requests_total: (counts, value, { route, status = '' }) => {
    if (!isScoring(route)) return
    counts.requests += value
    if (status.startsWith('4')) counts.refused += value
    if (status.startsWith('5')) counts.failed += value
  },
  millrace_request_duration_seconds_bucket: ({ withinSeconds }, value, { route, le }) => {
    if (isScoring(route)) increase(withinSeconds, le === '+Inf' ? Infinity : Number(le), value)
  },
  millrace_run_rows_count: (counts, value) => (counts.runs += value),
  millrace_run_rows_sum: (counts, value) => (counts.runRows += value),
  millrace_model_requests_total: (counts, value, labels) => (versionOf(counts, labels).requests += value),
  millrace_model_rows_total: (counts, value, labels) => (versionOf(counts, labels).rows += value),
  millrace_model_bad_rows_total: (counts, value, labels) => (versionOf(counts, labels).badRows += value),
  millrace_model_confidence_total: (counts, value, labels) => (versionOf(counts, labels).confidence += value),
  millrace_model_predictions_total: (counts, value, labels) =>
    increase(versionOf(counts, labels).classes, labels['class'] ?? '', value),
  millrace_shadow_rows_total: (counts, value, labels) => {
    const { shadow } = versionOf(counts, labels)
    shadow[labels['agrees'] === 'true' ? 'agreed' : labels['agrees'] === 'false' ? 'differed' : 'failed'] += value
  },
  millrace_capture_rows_total: ({ capture }, value, { outcome = '' }) => increase(capture, outcome, value),
}

/** @param timeMs when the samples were asked for */
export function trafficCounts(samples: readonly Sample[], timeMs: number): TrafficCounts {
  const counts: TrafficCounts = {
    timeMs,
    startSeconds: Number.NaN,
    requests: 0,
    refused: 0,
    failed: 0,
    withinSeconds: new Map(),
    runs: 0,
    runRows: 0,
    versions: new Map(),
    capture: new Map(),
  }
  for (const { name, labels, value } of samples) {
    if (Object.hasOwn(add, name) && !Number.isNaN(value)) add[name]!(counts, value, labels)
  }
  return counts
}

function versionOf({ versions }: TrafficCounts, { model = '', version = '' }: Sample['labels']): VersionCounts {
  const key = `${version}/${model}`
  const known = versions.get(key)
  if (known !== undefined) return known
  const counts: VersionCounts = {
    model,
    version: version === '' ? null : Number(version),
    requests: 0,
    rows: 0,
    badRows: 0,
    confidence: 0,
    classes: new Map(),
    shadow: { agreed: 0, differed: 0, failed: 0 },
  }
  versions.set(key, counts)
  return counts
}

function increase<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
