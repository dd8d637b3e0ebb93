/** How busy the machine is while a run goes on: processor, memory, disk and network under MLflow's names. */
import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { parse } from 'node:path'
import { type Run } from './entities.ts'

export interface SystemMetricsOptions {
  /** Milliseconds from sample to sample. Default: MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL (seconds), or 10,000. */
  readonly samplingIntervalMs?: number
  /** How many samples become one point, their mean. Default: MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING, or 1. */
  readonly samplesBeforeLogging?: number
  /** Tells machines of one run apart: `system/<nodeId>/…`. Default: MLFLOW_SYSTEM_METRICS_NODE_ID, or none. */
  readonly nodeId?: string
}

type Sample = Readonly<Record<string, number>>

const PREFIX = 'system/'

/** Whether MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING asks for them. */
export function systemMetricsWanted(): boolean {
  return ['true', '1'].includes((process.env['MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING'] ?? '').toLowerCase())
}

/**
 * Runs `work` while the machine is watched, and gives what was seen to `log`. Steps count on from those that `run` has; work
 * shorter than an interval has none. What fails in watching ends the watching and nothing else.
 */
export async function withSystemMetrics<T>(
  run: Run,
  log: (metrics: Sample, step: number) => Promise<void>,
  options: SystemMetricsOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { intervalMs, samplesBeforeLogging, prefix } = settings(options)
  const sampler = new Sampler()
  let samples: Sample[] = []
  let step = nextStep(run)
  let underWay: Promise<void> | undefined

  const tick = async (): Promise<void> => {
    samples.push(await sampler.sample())
    if (samples.length < samplesBeforeLogging) return
    const point = Object.entries(meanOf(samples)).map(([name, value]) => [`${prefix}${name}`, value])
    samples = []
    await log(Object.fromEntries(point), step++)
  }
  const timer = setInterval(() => {
    // One that takes longer than the interval is waited for.
    underWay ??= tick()
      .catch(() => clearInterval(timer))
      .finally(() => (underWay = undefined))
  }, intervalMs).unref()
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await underWay
  }
}

function settings(options: SystemMetricsOptions): { intervalMs: number; samplesBeforeLogging: number; prefix: string } {
  const { env } = process
  const seconds = positive(env['MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL']) ?? 10
  const samples = positive(env['MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING']) ?? 1
  const nodeId = options.nodeId ?? env['MLFLOW_SYSTEM_METRICS_NODE_ID'] ?? ''
  return {
    intervalMs: options.samplingIntervalMs ?? 1000 * seconds,
    samplesBeforeLogging: options.samplesBeforeLogging ?? samples,
    prefix: nodeId === '' ? PREFIX : `${PREFIX}${nodeId}/`,
  }
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text)
  return value > 0 ? value : undefined
}

function nextStep({ data }: Run): number {
  const steps = data.latestMetrics.filter(({ key }) => key.startsWith(PREFIX)).map(({ step }) => step)
  return Math.max(-1, ...steps) + 1
}

/** Means to one digit behind the point; what has been sent and received counts up, so there the last one counts. */
function meanOf(samples: readonly Sample[]): Sample {
  const last = samples.at(-1) ?? {}
  const names = Object.keys(last)
  return Object.fromEntries(
    names.map((name) => {
      if (name.startsWith('network_')) return [name, last[name]!]
      const sum = samples.reduce((total, sample) => total + (sample[name] ?? 0), 0)
      return [name, Math.round((sum / samples.length) * 10) / 10]
    }),
  )
}

interface Traffic {
  readonly received: number
  readonly sent: number
}

/** Samples of the whole machine; the work of a processor is measured from the sample before. */
class Sampler {
  #cpu = cpuTimes()
  readonly #firstTraffic = traffic()

  async sample(): Promise<Sample> {
    return { ...this.#processor(), ...memory(), ...(await disk()), ...(await this.#network()) }
  }

  #processor(): Sample {
    const [before, now] = [this.#cpu, cpuTimes()]
    this.#cpu = now
    const all = now.all - before.all
    return { cpu_utilization_percentage: all === 0 ? 0 : 100 * (1 - (now.idle - before.idle) / all) }
  }

  async #network(): Promise<Sample> {
    const [first, now] = await Promise.all([this.#firstTraffic, traffic()])
    if (first === undefined || now === undefined) return {}
    return {
      network_receive_megabytes: (now.received - first.received) / 1e6,
      network_transmit_megabytes: (now.sent - first.sent) / 1e6,
    }
  }
}

function cpuTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times)
  const idle = times.reduce((sum, time) => sum + time.idle, 0)
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) }
}

function memory(): Sample {
  const [used, all] = [totalmem() - freemem(), totalmem()]
  return { system_memory_usage_megabytes: used / 1e6, system_memory_usage_percentage: (100 * used) / all }
}

/** Of the disk that the system is on. What only its administrator may still fill is neither used nor available. */
async function disk(): Promise<Sample> {
  const { blocks, bfree, bavail, bsize } = await statfs(parse(process.cwd()).root)
  const used = blocks - bfree
  return {
    disk_usage_percentage: (100 * used) / (used + bavail),
    disk_usage_megabytes: (used * bsize) / 1e6,
    disk_available_megabytes: (bavail * bsize) / 1e6,
  }
}

/** Bytes through all interfaces since the system started; only Linux tells without another program. */
async function traffic(): Promise<Traffic | undefined> {
  const text = await readFile('/proc/net/dev', 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // Sixteen numbers an interface, after its name and a colon: bytes received come first, bytes sent ninth.
  const rows = [...text.matchAll(/^\s*\S+?:(.*)$/gm)].map(([, numbers = '']) => numbers.trim().split(/\s+/).map(Number))
  const sumOf = (column: number): number => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0)
  return { received: sumOf(0), sent: sumOf(8) }
}
