/** What may be asked of a step besides its code: retry, timeout, catch, cache, and data for other machines. */
import { MillraceError } from '../core/index.ts'

/** How often and when a failed step is tried again. */
export interface Retry {
  /** Tries after the first. Default 3. */
  readonly times?: number
  /** Wait before the first retry, in milliseconds or as text such as '2s'. Default 1 s. */
  readonly minDelay?: Duration
  /** The longest wait. Default 2 minutes. */
  readonly maxDelay?: Duration
  /** The wait grows by this factor with each try. Default 2; 1 keeps it the same. */
  readonly factor?: number
  /** True (default) draws each wait between half and all of it, so that tasks do not come back all at once. */
  readonly jitter?: boolean
}

/** Milliseconds, or a number with a unit: '500ms', '30s', '10m', '2h'. */
export type Duration = number | string

/** What a step needs of its machine. Kept as data for compilers to other schedulers; ignored on this machine. */
export interface Resources {
  readonly cpu?: number
  readonly memoryMb?: number
  readonly gpu?: number
  readonly diskMb?: number
}

export interface StepOptions {
  /** A number is `{ times }`. Default: no retry. */
  readonly retry?: number | Retry
  /** How long one try may take. A step that takes longer is killed and counts as failed. Default: no limit. */
  readonly timeout?: Duration
  /**
   * The name of an artifact for the error when all tries have failed: the flow goes on with it, and with undefined for
   * what the step would have written. Null when the step succeeded.
   */
  readonly catch?: string
  /** True takes the result of an earlier run with the same code, inputs and parameters. Default false. */
  readonly cache?: boolean
  /** True keeps a page about each task (see docs/flows.md), even when the step adds nothing to it. Default false. */
  readonly card?: boolean
  readonly resources?: Resources
  /** Environment variables the step sees. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The error an artifact named by `catch` holds. */
export interface TaskError {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  /** How the task ended: it threw, took too long, or its process went away. */
  readonly kind: 'error' | 'timeout' | 'crash'
}

/** `retry` with its defaults, all in milliseconds. */
export interface RetryPlan {
  readonly times: number
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly factor: number
  readonly jitter: boolean
}

/** @throws MillraceError INVALID_FLOW for a duration that cannot be read */
export function retryPlan(retry: number | Retry | undefined): RetryPlan {
  const given = typeof retry === 'object' ? retry : { times: retry ?? 0 }
  return {
    times: given.times ?? 3,
    minDelayMs: parseDuration(given.minDelay ?? 1000),
    maxDelayMs: parseDuration(given.maxDelay ?? '2m'),
    factor: given.factor ?? 2,
    jitter: given.jitter ?? true,
  }
}

/**
 * The wait before retry number `retry` (from 1), in milliseconds: exponential backoff with equal jitter
 * (M. Brooker, "Exponential Backoff And Jitter", 2015). `random` is in [0, 1).
 */
export function retryDelay(plan: RetryPlan, retry: number, random: number): number {
  const wait = Math.min(plan.maxDelayMs, plan.minDelayMs * plan.factor ** (retry - 1))
  return plan.jitter ? wait * (0.5 + random / 2) : wait
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * `duration` in milliseconds.
 *
 * @throws MillraceError INVALID_FLOW for text that is no number with a unit, and for more than a timer can wait
 */
export function parseDuration(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : readDuration(duration)
  if (ms <= LONGEST_TIMER_MS) return ms
  throw new MillraceError(
    'INVALID_FLOW',
    `The duration "${duration}" is longer than the 24 days that can be waited for.`,
  )
}

/** Node's timers go off at once when they are set for longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function readDuration(duration: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(duration) ?? []
  if (number === undefined || unit === undefined) {
    throw new MillraceError(
      'INVALID_FLOW',
      `Cannot read the duration "${duration}". Write milliseconds as a number, or a number with a unit such as '30s', '10m' or '2h'.`,
    )
  }
  return Number(number) * UNITS[unit]!
}
