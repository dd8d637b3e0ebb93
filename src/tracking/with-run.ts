import { asError, observeTraining } from '../core/index.ts'
import { type ActiveRun, activeRun } from './active-run.ts'
import { autologger, type AutologOptions, silentObserver } from './autologger.ts'
import { type Run, type TextMap } from './entities.ts'
import { type TrackingClient } from './open-tracking.ts'
import { experimentIdFor } from './experiment-id.ts'
import { runContext } from './run-context.ts'
import { type SystemMetricsOptions, systemMetricsWanted, withSystemMetrics } from './system-metrics.ts'
import { limits } from './validation.ts'

export interface WithRunOptions {
  /** Name of the experiment, made when there is none. Default: that of `parent`, or "Default". */
  readonly experiment?: string
  /** Default: a generated name. */
  readonly name?: string
  /** The run this one belongs to. */
  readonly parent?: { readonly runId: string }
  /** A run to go on with, such as one that another process began; it is RUNNING again until `body` ends. */
  readonly runId?: string
  readonly tags?: TextMap
  /** Ends the run as KILLED when it fails after this has been aborted. */
  readonly signal?: AbortSignal
  /** What is logged of trainings inside `body` without being asked. Default: everything; false for nothing. */
  readonly autolog?: AutologOptions | false
  /**
   * Whether processor, memory, disk and network are logged as `system/…`, as MLflow does. Default: whether
   * MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING is true.
   */
  readonly systemMetrics?: boolean | SystemMetricsOptions
  /** How long metrics may wait to be written together, in milliseconds. Default: 1000. */
  readonly flushAfterMs?: number
}

/**
 * Runs `body` as a run and gives back its result. The run knows who started which program at which git commit, and
 * ends FINISHED. Trainings inside are logged to it: parameters, metrics by epoch, data, environment and model. When
 * `body` throws it ends FAILED, or KILLED on abort, with the message in tag `millrace.error`, and the error goes on to
 * the caller.
 *
 *     const accuracy = await withRun(client, { experiment: 'penguins' }, async (run) => {
 *       await run.logParams({ layers: [4, 16, 3] })
 *       await run.logMetrics({ loss: 0.1 }, 1)
 *       return 0.97
 *     })
 */
export async function withRun<T>(
  client: TrackingClient,
  options: WithRunOptions,
  body: (run: ActiveRun) => Promise<T>,
): Promise<T> {
  const started = await startRun(client, options)
  const run = activeRun(client, started, options.flushAfterMs)
  try {
    const { autolog = {}, systemMetrics = systemMetricsWanted() } = options
    const observer = autolog === false ? silentObserver : autologger(run, autolog)
    const work = (): Promise<T> => observeTraining(observer, () => body(run))
    const log: ActiveRun['logMetrics'] = async (metrics, step) => await run.logMetrics(metrics, step)
    const watch = systemMetrics === true ? {} : systemMetrics
    const result = await (watch === false ? work() : withSystemMetrics(started, log, watch, work))
    await run.flush()
    await client.setTerminated(run.runId, 'FINISHED')
    return result
  } catch (error) {
    await endFailed(client, run, error, options.signal).catch(() => {
      // What failed first is what the caller must see; a store that fails too would only hide it.
    })
    throw error
  }
}

async function startRun(client: TrackingClient, options: WithRunOptions): Promise<Run> {
  if (options.runId !== undefined) {
    await client.updateRun(options.runId, { status: 'RUNNING' })
    return await client.getRun(options.runId)
  }
  const { parent, tags = {}, name } = options
  const { userId, tags: contextTags } = await runContext(process.cwd())
  return await client.createRun(await experimentIdFor(client, options), {
    runName: name,
    userId,
    tags: { ...contextTags, ...(parent !== undefined && { 'mlflow.parentRunId': parent.runId }), ...tags },
  })
}

async function endFailed(client: TrackingClient, run: ActiveRun, error: unknown, signal?: AbortSignal): Promise<void> {
  const { name, message } = asError(error)
  const killed = signal?.aborted === true || name === 'AbortError'
  // Ended first: the status matters more than the metrics that were still waiting.
  await client.logBatch(run.runId, { tags: [{ key: 'millrace.error', value: message.slice(0, limits.tagValue) }] })
  await client.setTerminated(run.runId, killed ? 'KILLED' : 'FAILED')
  await run.flush()
}
