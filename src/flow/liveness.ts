/** Whether the process that runs a flow is still there, also when another process has its number now. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { systemErrorCode } from '../core/index.ts'
import type { RunnerRecord } from './records.ts'

/** The record of this process. */
export function thisRunner(): RunnerRecord {
  const processStart = startOf(process.pid)
  return { pid: process.pid, host: hostname(), ...(processStart !== undefined && { processStart }) }
}

/**
 * Whether the process of `runner` is alive. Of another machine only its heartbeat is known: it counts as gone when it
 * has not been heard of for a minute.
 */
export function isAlive(runner: RunnerRecord, lastHeardMs: number, nowMs = Date.now()): boolean {
  if (runner.host !== hostname()) return nowMs - lastHeardMs < HEARD_WITHIN_MS
  if (!processExists(runner.pid)) return false
  const start = startOf(runner.pid)
  return start === undefined || runner.processStart === undefined || start === runner.processStart
}

/** How often a runner is to be heard of. */
export const HEARTBEAT_MS = 10_000
const HEARD_WITHIN_MS = 60_000

/** Whether there is a process with this id now. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}

/** The start of a process in ticks since the machine's, where the system tells (Linux: field 22 of stat). */
function startOf(pid: number): string | undefined {
  try {
    const [state, , , ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    // A process that has ended and was not waited for is listed as Z.
    return state === 'Z' ? 'ended' : fields[16]
  } catch {
    return undefined
  }
}
