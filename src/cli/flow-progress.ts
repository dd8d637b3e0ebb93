/** The progress of a run of a flow for people, on standard error; what steps print goes through. */
import { styleText } from 'node:util'
import type { RunEvent } from '../flow/index.ts'

export interface FlowProgressOptions {
  /** True shows failures only. */
  readonly isQuiet: boolean
  readonly stream?: NodeJS.WriteStream
}

/** Takes the events of a run. On a terminal the last line is a live count of what runs and what is done. */
export function flowProgress({ isQuiet, stream = process.stderr }: FlowProgressOptions): (event: RunEvent) => void {
  const started = new Set<string>()
  const partial = new Map<string, string>()
  let done = 0
  let isLineShown = false

  const style = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream })
  const clear = (): void => {
    if (isLineShown) stream.write('\r\u001b[K')
    isLineShown = false
  }
  const say = (text: string): void => {
    clear()
    stream.write(`${text}\n`)
    drawLine()
  }
  const drawLine = (): void => {
    if (!stream.isTTY || isQuiet || started.size === 0) return
    clear()
    const names = [...started].slice(0, 3).map(shortName).join(', ')
    const more = started.size > 3 ? ` and ${started.size - 3} more` : ''
    stream.write(`${done} done, running ${names}${more}`.slice(0, stream.columns - 1))
    isLineShown = true
  }
  /** Lines of a task's output; what has no end yet waits for it. */
  const echo = (pathspec: string, text: string, isEnd = false): void => {
    const lines = `${partial.get(pathspec) ?? ''}${text}`.split('\n')
    const rest = lines.pop() ?? ''
    if (isEnd && rest !== '') lines.push(rest)
    partial.set(pathspec, isEnd ? '' : rest)
    for (const line of lines) say(`${style('dim', `[${shortName(pathspec)}]`)} ${line}`)
  }

  return (event) => {
    switch (event.kind) {
      case 'run started': {
        const from = event.originRunId === undefined ? '' : `, going on from ${event.originRunId}`
        if (!isQuiet) say(`Run ${event.flowName}/${event.runId}${from}`)
        return
      }
      case 'task started':
        started.add(event.pathspec)
        return drawLine()
      case 'task output':
        if (!isQuiet) echo(event.pathspec, event.text)
        return
      case 'task completed': {
        if (!isQuiet) echo(event.pathspec, '', true)
        started.delete(event.pathspec)
        done++
        const how = { run: seconds(event.durationMs), clone: 'taken over', cache: 'from the cache' }[event.how]
        if (!isQuiet) say(`${style('green', '✓')} ${shortName(event.pathspec)}  ${style('dim', how)}`)
        return
      }
      case 'task failed': {
        if (!isQuiet) echo(event.pathspec, '', true)
        started.delete(event.pathspec)
        const { retryInMs, isCaught, error } = event
        const next = retryInMs !== undefined ? `; again in ${seconds(retryInMs)}` : isCaught ? '; the flow goes on' : ''
        say(`${style('red', '✗')} ${shortName(event.pathspec)}  ${error.name}: ${error.message}${next}`)
        if (retryInMs === undefined && error.stack !== undefined) say(style('dim', indent(error.stack)))
        return
      }
      case 'run ended': {
        clear()
        started.clear()
        const { run, cloned, cached } = event.tasks
        const counts = [`${run} run`, cloned > 0 && `${cloned} taken over`, cached > 0 && `${cached} from the cache`]
        if (!isQuiet)
          say(
            `Run ${event.runId} ${event.status} in ${seconds(event.durationMs)}: ${counts.filter(Boolean).join(', ')}`,
          )
      }
    }
  }
}

/** `step/task`, or the step alone where it has one task. */
function shortName(pathspec: string): string {
  const [, , step = '', task = ''] = pathspec.split('/')
  return `${step}/${task}`
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
