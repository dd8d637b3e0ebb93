/** Being told of the runs that code opens in tracking stores, as a flow is of those that its tasks open. */
import { AsyncLocalStorage } from 'node:async_hooks'

/** A run of a tracking store that goes on now. */
export interface OpenedRun {
  /** Absolute, where it is a file. */
  readonly trackingUri: string
  readonly runId: string
}

const current = new AsyncLocalStorage<(run: OpenedRun) => void>()

/** Runs `work` with `observer` told of every run that is opened or taken up in it. */
export function observeOpenedRuns<T>(observer: (run: OpenedRun) => void, work: () => Promise<T>): Promise<T> {
  return current.run(observer, work)
}

/** Tells whoever observes this code of a run. */
export function runOpened(run: OpenedRun): void {
  current.getStore()?.(run)
}
