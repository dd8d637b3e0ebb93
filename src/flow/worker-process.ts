/** The processes of workers. Loads nothing of the room, so that the first can start before the rest is there. */
import { type ChildProcess, fork } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { nodeOptions, packageModule } from '../core/package-module.ts'

const prepared = new Map<string, ChildProcess>()

/**
 * Starts a worker for the flow in `file` ahead of time: it loads while this process does. Dispose of it, in case nobody
 * takes it.
 */
export function prepareWorker(file: string): Disposable {
  const path = resolve(file)
  const child = start(path)
  prepared.set(path, child)
  return {
    [Symbol.dispose]: () => {
      if (prepared.get(path) !== child) return
      prepared.delete(path)
      child.kill('SIGKILL')
    },
  }
}

/** The process of a worker for the flow in the file `path`: a prepared one, or a new one. */
export function takeWorkerProcess(path: string): ChildProcess {
  const child = prepared.get(path)
  if (child === undefined) return start(path)
  prepared.delete(path)
  return child
}

function start(path: string): ChildProcess {
  // It stays in the group of the runner, so that what ends the group ends it too.
  return fork(packageModule('flow/worker'), [path], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: nodeOptions(),
    // Compiled code kept from one start to the next halves the time until a worker is ready.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env },
  })
}
