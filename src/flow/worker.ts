/** The process in which tasks run, one after the other: loads the flow once, then does what it is sent. */
import type { FlowDefinition } from './definition.ts'
import { executeTask, type Outcome, type TaskAttempt } from './execute-task.ts'
import { flowPath, loadFlow } from './load-flow.ts'
import { RunStore } from './run-store.ts'
import type { TrackedRun } from './track-trainings.ts'

/** What the runner sends: one try of a task, and where its results go. */
export interface WorkerRequest extends TaskAttempt {
  readonly root: string
  /** Written to both streams when the task has ended, so that the runner knows whose output is whose. */
  readonly endMark: string
}

/** What the worker sends: that it can begin, or cannot; what is to be known of the task that runs. */
export type WorkerMessage =
  { readonly kind: 'ready' } | { readonly kind: 'unusable'; readonly message: string } | TaskMessage

/** What a task has opened, and how it ended, at first that only its card is missing. */
export type TaskMessage =
  { readonly kind: 'run'; readonly run: TrackedRun } | { readonly kind: 'card' | 'ended'; readonly outcome: Outcome }

process.removeAllListeners('warning') // node:sqlite announces itself as experimental on every start

const stopping = new AbortController()
process.once('SIGTERM', stop)
// A worker does not outlive its runner.
process.once('disconnect', stop)
// Ctrl-C reaches the whole group of processes; the runner decides what happens.
process.on('SIGINT', () => undefined)

await serve()

function stop(): void {
  stopping.abort()
  // The step may tidy up when its signal fires; the runner kills what is still here a little later.
  setTimeout(() => process.exit(143), 500)
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
  const outcome = await executeTask(flow, store, request, {
    signal: stopping.signal,
    onCard: (outcome) => send({ kind: 'card', outcome }),
    onRun: (run) => send({ kind: 'run', run }),
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
