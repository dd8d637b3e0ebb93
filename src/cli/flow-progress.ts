/** The progress of a run of a flow for people, on standard error; what steps print goes through. */
import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { RunEvent, TaskError } from '../flow/index.ts'

type EventOf<K extends RunEvent['kind']> = Extract<RunEvent, { readonly kind: K }>

export interface FlowProgressOptions {
  /** True shows failures only. */
  readonly isQuiet: boolean
}

/** Takes the events of a run. On a terminal the last line is a live count of what runs and what is done. */
export function flowProgress({ isQuiet }: FlowProgressOptions): (event: RunEvent) => void {
  const progress = new FlowProgress(isQuiet)
  return (event) => progress.show(event)
}

class FlowProgress {
  readonly #stream = process.stderr
  readonly #isQuiet: boolean
  readonly #running = new Set<string>()
  /** Output of tasks that waits for the end of its line. */
  readonly #partial = new Map<string, string>()
  #done = 0
  #file = 'FILE'
  #hasLiveLine = false

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet
  }

  show(event: RunEvent): void {
    switch (event.kind) {
      case 'run started':
        return this.#runStarted(event)
      case 'task started':
        this.#running.add(event.pathspec)
        return this.#drawLiveLine()
      case 'task output':
        return this.#echo(event.pathspec, event.text)
      case 'task completed':
        return this.#taskCompleted(event)
      case 'task failed':
        return this.#taskFailed(event)
      case 'run ended':
        return this.#runEnded(event)
    }
  }

  #runStarted({ flowName, runId, originRunId, file }: EventOf<'run started'>): void {
    if (file !== undefined) this.#file = relative('', file)
    this.#tell(`Run ${flowName}/${runId}${originRunId === undefined ? '' : `, going on from ${originRunId}`}`)
  }

  #taskCompleted({ pathspec, how, durationMs }: EventOf<'task completed'>): void {
    this.#taskEnded(pathspec)
    this.#done++
    const note = { run: seconds(durationMs), clone: 'taken over', cache: 'from the cache' }[how]
    this.#tell(`${this.#style('green', '✓')} ${shortName(pathspec)}  ${this.#style('dim', note)}`)
  }

  #taskFailed({ pathspec, error, retryInMs, isCaught }: EventOf<'task failed'>): void {
    this.#taskEnded(pathspec)
    const next = isCaught ? '; the flow goes on' : ''
    const what = `${error.name}: ${error.message}${retryInMs === undefined ? next : `; again in ${seconds(retryInMs)}`}`
    this.#say(`${this.#style('red', '✗')} ${shortName(pathspec)}  ${what}`)
    const frames = framesOf(error)
    if (retryInMs === undefined && frames !== '') this.#say(this.#style('dim', frames))
  }

  #runEnded({ runId, status, durationMs, tasks }: EventOf<'run ended'>): void {
    this.#running.clear()
    const counts = [`${tasks.run} run`]
    if (tasks.cloned > 0) counts.push(`${tasks.cloned} taken over`)
    if (tasks.cached > 0) counts.push(`${tasks.cached} from the cache`)
    this.#tell(`Run ${runId} ${status} in ${seconds(durationMs)}: tasks ${counts.join(', ')}`)
    if (status === 'stopped') this.#say(`Go on with: millrace flow resume ${this.#file} --origin-run-id ${runId}`)
    this.#clearLiveLine()
  }

  #taskEnded(pathspec: string): void {
    if ((this.#partial.get(pathspec) ?? '') !== '') this.#echo(pathspec, '\n')
    this.#running.delete(pathspec)
  }

  #echo(pathspec: string, text: string): void {
    const lines = `${this.#partial.get(pathspec) ?? ''}${text}`.split('\n')
    this.#partial.set(pathspec, lines.pop() ?? '')
    for (const line of lines) this.#tell(`${this.#style('dim', `[${shortName(pathspec)}]`)} ${line}`)
  }

  /** Says what is not said when quiet. */
  #tell(text: string): void {
    if (!this.#isQuiet) this.#say(text)
  }

  #say(text: string): void {
    this.#clearLiveLine()
    this.#stream.write(`${text}\n`)
    this.#drawLiveLine()
  }

  #drawLiveLine(): void {
    if (!this.#stream.isTTY || this.#isQuiet || this.#running.size === 0) return
    this.#clearLiveLine()
    const names = [...this.#running].slice(0, 3).map(shortName).join(', ')
    const more = this.#running.size > 3 ? ` and ${this.#running.size - 3} more` : ''
    const width = this.#stream.columns || 80 // some terminals say 0
    this.#stream.write(`${this.#done} done, running ${names}${more}`.slice(0, width - 1))
    this.#hasLiveLine = true
  }

  #clearLiveLine(): void {
    if (this.#hasLiveLine) this.#stream.write('\r\u001b[K')
    this.#hasLiveLine = false
  }

  #style(format: Parameters<typeof styleText>[0], text: string): string {
    return styleText(format, text, { stream: this.#stream })
  }
}

/** `step/task`. */
function shortName(pathspec: string): string {
  return pathspec.split('/').slice(2).join('/')
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Where an error comes from, without what it says. */
function framesOf({ name, message, stack = '' }: TaskError): string {
  const head = `${name}: ${message}\n`
  return stack.startsWith(head) ? stack.slice(head.length) : stack
}
