/** Ending a process together with all it has started. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { processExists } from './liveness.ts'

/** Asks `pid` and its descendants to end, and after `graceMs` makes those that are left. Returns at once. */
export function endProcessTree(pid: number, graceMs: number): void {
  if (process.platform === 'win32') return endOnWindows(pid)
  // Looked up before anything ends: children of a process that is gone belong to another one.
  const tree = [pid, ...descendantsOf(pid)]
  for (const one of tree) signal(one, 'SIGTERM')
  const deadline = performance.now() + graceMs
  // Until then the program stays, but not longer than there is something to end.
  const watch = setInterval(() => {
    const left = tree.filter(processExists)
    if (left.length > 0 && performance.now() < deadline) return
    clearInterval(watch)
    for (const one of new Set([...left, ...left.flatMap(descendantsOf)])) signal(one, 'SIGKILL')
  }, WATCH_MS)
}

const WATCH_MS = 20

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended in the meantime.
  }
}

function endOnWindows(pid: number): void {
  try {
    execFileSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' })
  } catch {
    // It has ended in the meantime.
  }
}

function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child])
  const below = (one: number): number[] => (children.get(one) ?? []).flatMap((child) => [child, ...below(child)])
  return below(pid)
}

/** Every process with its parent: from /proc where there is one, which needs no program, otherwise from ps. */
function parents(): [child: number, parent: number][] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
    return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  }
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.flatMap((id) => {
    try {
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return [[Number(id), Number(fields[1])] as [number, number]]
    } catch {
      return []
    }
  })
}
