/** What routes work with. */
import type { AnswerForm } from './answers.ts'
import type { App } from './app.ts'
import type { CaptureQueue } from './capture.ts'
import type { Deployment } from './deployment.ts'
import type { ServerMetrics } from './metrics.ts'
import type { ModelSource } from './model-source.ts'
import type { Traffic } from './traffic.ts'

export interface Limits {
  /** Bytes of a body. Default: 6 MiB, as SageMaker. */
  readonly maxBodyBytes: number
  /** Time from the arrival of a request until it has to be scored. Default: 60,000. */
  readonly timeoutMs: number
  /** Requests under way at once; further ones are asked to come again. Default: 1000. */
  readonly maxRequests: number
}

export const defaultLimits: Limits = { maxBodyBytes: 6 * 2 ** 20, timeoutMs: 60_000, maxRequests: 1000 }

export interface ServerContext {
  readonly deployments: readonly Deployment[]
  /** Where they come from. */
  readonly source: ModelSource
  /** What all of the models take. */
  readonly takes: 'rows' | 'images'
  /** The share of requests of each deployment. */
  readonly shares: readonly number[]
  readonly traffic: Traffic
  readonly metrics: ServerMetrics
  readonly capture: CaptureQueue | undefined
  readonly limits: Limits
  readonly answers: AnswerForm
  readonly skipBadRows: boolean
  /** Pages and paths of one's own, before all others. */
  readonly app: App | undefined
}
