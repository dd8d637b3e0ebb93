/** The process in which tasks run, one after the other: loads the flow once, then does what it is sent. */
import type { FlowDefinition } from './definition.ts'
import { executeTask, type Outcome, type TaskAttempt } from './execute-task.ts'
import { flowPath, loadFlow } from './load-flow.ts'
import { type OpenedRuns, openedRuns } from './opened-runs.ts'
import { RunStore } from './run-store.ts'

/** What the runner sends: one try of a task, and where its results go. */
export interface WorkerRequest extends TaskAttempt {
  readonly root: string
  /** Written to both streams when the task has ended, so that the runner knows whose output is whose. */
  readonly endMark: string
}

/** What the worker sends: that it can begin, or cannot; what is to be known of the task that runs. */
export type WorkerMessage =
  { readonly kind: 'ready' } | { readonly kind: 'unusable'; readonly message: string } | TaskMessage

/** How a task ended, at first that only its card is missing. */
export interface TaskMessage {
  readonly kind: 'card' | 'ended'
  readonly outcome: Outcome
}

process.removeAllListeners('warning') // node:sqlite announces itself as experimental on every start

const stopping = new AbortController()
process.once('SIGTERM', () => stop(() => process.exit(143)))
// A worker does not outlive its runner, which can no longer end what the task has left open.
process.once('disconnect', () => stop(() => void leaveAlone()))
/** Those of the task that runs. */
let taskRuns: OpenedRuns | undefined
// Ctrl-C reaches the whole group of processes; the runner decides what happens.
process.on('SIGINT', () => undefined)

await serve()

function stop(leave: () => void): void {
  stopping.abort()
  // The step may tidy up when its signal fires; the runner kills what is still here a little later.
  setTimeout(leave, 500)
}

async function leaveAlone(): Promise<void> {
  await taskRuns?.end('KILLED', 'The process that ran the flow was gone.').catch(() => undefined)
  process.exit(143)
}

async function serve(): Promise<void> {
  const [, , file = ''] = process.argv
  try {
    const flow = await loadFlow(file)
    // What asks for the program that runs here, as runs in a tracking store do, means the flow.
    process.argv.splice(1, 2, flowPath(file))
    let store: RunStore | undefined
    process.on('message', (request: WorkerRequest) => {
      store ??= new RunStore(request.root, flow.name)
      void execute(flow, store, request)
    })
    send({ kind: 'ready' })
  } catch (error) {
    send({ kind: 'unusable', message: error instanceof Error ? error.message : String(error) })
  }
}

async function execute(flow: FlowDefinition, store: RunStore, request: WorkerRequest): Promise<void> {
  taskRuns = openedRuns(store, request)
  const outcome = await executeTask(flow, store, request, {
    signal: stopping.signal,
    onCard: (outcome) => send({ kind: 'card', outcome }),
  })
  await Promise.all([endOutput(process.stdout, request.endMark), endOutput(process.stderr, request.endMark)])
  send({ kind: 'ended', outcome })
}

function send(message: WorkerMessage): void {
  process.send?.(message)
}

async function endOutput(stream: NodeJS.WriteStream, mark: string): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write(mark, () => resolve())
  })
}
