/** Showing how a training goes: one line that keeps changing on a terminal, a line an epoch anywhere else. */
import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { type Clock, systemClock } from '../core/index.ts'
import type { EpochReport, StepReport } from './train-options.ts'

export interface ProgressOptions {
  /** Where to write. Default standard error, so that output can be piped. */
  readonly stream?: Writable & { readonly isTTY?: boolean }
  /** Whether the stream is a terminal that can rewrite a line. Default: what the stream says. */
  readonly isTTY?: boolean
  /** Default: on a terminal, unless the environment variable NO_COLOR is set (no-color.org). */
  readonly colour?: boolean
  /** Away from a terminal, a line every so many epochs; the last always gets one. Default 1. */
  readonly everyEpochs?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Callbacks for `train`. */
export interface ProgressReport {
  onStep(report: StepReport): void
  onEpoch(report: EpochReport): void
  /** Leaves the line on a terminal, for what is written next. Needed where a training may end before its last epoch. */
  end(): void
}

const REDRAW_MS = 100

/**
 * Reports epochs, losses, metrics and rows per second to a stream:
 *
 *     const progress = progressReport()
 *     await train(module, dataset, { ...options, ...progress })
 *     progress.end()
 */
export function progressReport(options: ProgressOptions = {}): ProgressReport {
  const { stream = process.stderr, everyEpochs = 1, clock = systemClock } = options
  const { isTTY = stream.isTTY === true } = options
  const { colour = isTTY && (process.env['NO_COLOR'] ?? '') === '' } = options
  const paint = (style: 'dim' | 'bold', text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  let drawn = -Infinity
  let open = false
  let since = clock()
  let rows = 0
  const redraw = (line: string): void => {
    // Back to the first column, and erase to the end of the line.
    stream.write(`\r${line}\u001B[K`)
    open = true
  }
  const end = (): void => {
    if (open) stream.write('\n')
    open = false
  }
  return {
    onStep(report) {
      rows += report.rows
      const now = clock()
      if (!isTTY || now - drawn < REDRAW_MS) return
      drawn = now
      const inEpoch = ((report.step - 1) % report.stepsPerEpoch) + 1
      const place = `step ${inEpoch}/${report.stepsPerEpoch}`
      const speed = now > since ? formatSpeed((rows / (now - since)) * 1000) : ''
      redraw([heading(report, paint), place, `loss ${formatNumber(report.loss)}`, paint('dim', speed)].join('  '))
      ;[since, rows] = [now, 0]
    },
    onEpoch(report) {
      const line = [heading(report, paint), ...figures(report), paint('dim', formatSpeed(report.rowsPerSecond))]
      const last = report.epoch === report.epochs
      if (isTTY) redraw(line.join('  '))
      else if (last || report.epoch % everyEpochs === 0) stream.write(`${line.join('  ')}\n`)
      if (last) end()
    },
    end,
  }
}

function heading({ epoch, epochs }: StepReport | EpochReport, paint: (style: 'bold', text: string) => string): string {
  return paint('bold', `epoch ${epoch}/${epochs}`)
}

function figures({ trainLoss, validationLoss, metrics }: EpochReport): string[] {
  const named = {
    loss: trainLoss,
    ...(validationLoss === undefined ? {} : { 'validation loss': validationLoss }),
    ...metrics,
  }
  return Object.entries(named).map(([name, value]) => `${name} ${formatNumber(value)}`)
}

/** Four digits that count, whatever the size. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? value.toFixed(4) : value.toPrecision(4)
}

function formatSpeed(rowsPerSecond: number): string {
  return `${Math.round(rowsPerSecond).toLocaleString('en')} rows/s`
}
