import { mkdtemp, rm } from 'node:fs/promises'
import { totalmem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ActiveRun, openTracking, type TrackingClient, withRun, type WithRunOptions } from './index.ts'

const PROCESSOR = 'system/cpu_utilization_percentage'

let folder: string
let client: TrackingClient

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-system-'))
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A run that goes on until `key` has so many points, with its last values. */
async function watched(
  options: WithRunOptions,
  points = 2,
  key = PROCESSOR,
): Promise<{ readonly runId: string; readonly metrics: Readonly<Record<string, number>> }> {
  const runId = await withRun(client, options, async (run) => {
    await vi.waitUntil(async () => (await stepsOf(run, key)).length >= points, { timeout: 5000, interval: 5 })
    return run.runId
  })
  return { runId, metrics: (await client.getRun(runId)).data.metrics }
}

async function stepsOf(run: Pick<ActiveRun, 'runId' | 'flush'>, key: string): Promise<readonly number[]> {
  await run.flush()
  return (await client.getMetricHistory(run.runId, key)).items.map(({ step }) => step)
}

describe('system metrics of a run', () => {
  it('are those of MLflow, by its names, with values that can be', async () => {
    const { metrics } = await watched({ systemMetrics: { samplingIntervalMs: 10 } })
    const names = [
      'cpu_utilization_percentage',
      'system_memory_usage_megabytes',
      'system_memory_usage_percentage',
      'disk_usage_percentage',
      'disk_usage_megabytes',
      'disk_available_megabytes',
      ...(process.platform === 'linux' ? ['network_receive_megabytes', 'network_transmit_megabytes'] : []),
    ]
    expect(Object.keys(metrics).sort()).toEqual(names.map((name) => `system/${name}`).sort())
    for (const [name, value] of Object.entries(metrics)) {
      expect(value, name).toBeGreaterThanOrEqual(0)
      if (name.endsWith('percentage')) expect(value, name).toBeLessThanOrEqual(100)
    }
    expect(metrics['system/system_memory_usage_megabytes']).toBeLessThan(totalmem() / 1e6)
    expect(metrics['system/system_memory_usage_megabytes']).toBeGreaterThan(0)
    expect(metrics['system/disk_usage_megabytes']).toBeGreaterThan(0)
  })

  it('are asked for, and set, by the variables of MLflow', async () => {
    vi.stubEnv('MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING', 'true')
    vi.stubEnv('MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL', '0.01')
    vi.stubEnv('MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING', '2')
    vi.stubEnv('MLFLOW_SYSTEM_METRICS_NODE_ID', 'node_0')
    const { metrics } = await watched({}, 1, 'system/node_0/cpu_utilization_percentage')
    expect(Object.keys(metrics).every((name) => name.startsWith('system/node_0/'))).toBe(true)
    const silent = await withRun(client, { systemMetrics: false }, async (run) => await Promise.resolve(run.runId))
    expect((await client.getRun(silent)).data.metrics).toEqual({})
  })

  it('are not there unless asked for, nor of a run shorter than an interval', async () => {
    const plain = await withRun(client, {}, async (run) => await Promise.resolve(run.runId))
    const short = await withRun(client, { systemMetrics: true }, async (run) => await Promise.resolve(run.runId))
    for (const runId of [plain, short]) expect((await client.getRun(runId)).data.metrics).toEqual({})
  })

  it('end with the run, and go on counting when it is taken up again', async () => {
    const systemMetrics = { samplingIntervalMs: 5 }
    const { runId } = await watched({ systemMetrics })
    const steps = (await client.getMetricHistory(runId, PROCESSOR)).items.length
    await watched({ systemMetrics }, 3)
    expect((await client.getMetricHistory(runId, PROCESSOR)).items).toHaveLength(steps)
    await watched({ runId, systemMetrics }, steps + 2)
    const { items } = await client.getMetricHistory(runId, PROCESSOR)
    expect(items.map(({ step }) => step)).toEqual(items.map((_, i) => i))
    expect(items.length).toBeGreaterThanOrEqual(steps + 2)
  })
})
