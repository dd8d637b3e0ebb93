/**
 * The process of one flow that the server describes, starts or resumes: programs of users stay out of the server, and are
 * read anew each time.
 */
import { asError, MillraceError } from '../core/index.ts'
import { loadFlow, parameterSchema, type RunEvent, runFlow, resumeFlow, checkFlow } from '../flow/index.ts'

/** What the process is to do with the program `file`. */
export type FlowRequest =
  | { readonly kind: 'describe'; readonly file: string }
  | {
      readonly kind: 'start'
      readonly file: string
      readonly root: string
      readonly parameters: Readonly<Record<string, unknown>>
      readonly tags: readonly string[]
    }
  | {
      readonly kind: 'resume'
      readonly file: string
      readonly root: string
      readonly originRunId: string
      readonly step: string | undefined
    }

/** A program, as it is written now. */
export interface FlowDescription {
  readonly name: string
  readonly description: string | undefined
  /** JSON Schema of the object of parameters. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What it answers, once: the rest of a run is told by its records. */
export type FlowReply =
  | { readonly kind: 'described'; readonly description: FlowDescription }
  | { readonly kind: 'started'; readonly flow: string; readonly runId: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

process.removeAllListeners('warning') // node:sqlite announces itself as experimental on every start
const stopping = new AbortController()
for (const event of ['disconnect', 'SIGINT', 'SIGTERM']) process.once(event, () => stopping.abort())

process.once('message', (request: FlowRequest) => {
  void carryOut(request)
    .catch((error: unknown) => {
      const code = error instanceof MillraceError ? error.code : 'INVALID_FLOW'
      send({ kind: 'refused', code, message: asError(error).message })
    })
    .finally(() => {
      if (process.connected) process.disconnect()
    })
})

async function carryOut(request: FlowRequest): Promise<void> {
  switch (request.kind) {
    case 'describe': {
      const flow = await loadFlow(request.file)
      checkFlow(flow, request.file)
      const { name, description } = flow
      return send({ kind: 'described', description: { name, description, parameters: parameterSchema(flow) } })
    }
    case 'start': {
      const { file, root, parameters, tags } = request
      return void (await runFlow(file, { root, parameters, tags, onEvent, signal: stopping.signal }))
    }
    case 'resume': {
      const { file, root, originRunId, step } = request
      const options = { root, originRunId, ...(step !== undefined && { step }) }
      return void (await resumeFlow(file, { ...options, onEvent, signal: stopping.signal }))
    }
  }
}

function onEvent(event: RunEvent): void {
  if (event.kind === 'run started') send({ kind: 'started', flow: event.flowName, runId: event.runId })
}

function send(reply: FlowReply): void {
  process.send?.(reply)
}
