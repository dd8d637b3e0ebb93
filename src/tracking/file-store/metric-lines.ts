/** The lines of the files that metrics are in. */
import { type Metric, type ModelMetric } from '../entities.ts'
import { badFile } from './files.ts'

/**
 * The points of a metric of a run: `<time> <value>`, then perhaps the step, then perhaps name and digest of a data set.
 *
 * @throws MillraceError STORE_CORRUPT naming file and line
 */
export function runPoints(path: string, key: string, text: string): readonly Metric[] {
  return linesOf(text).map(({ line, number }) => parsePoint(path, number, key, line.split(' ')))
}

/** The points of a metric of a logged model: `<time> <value> <step> <run>`, then perhaps name and digest of a data set. */
export function modelPoints(path: string, key: string, text: string): readonly ModelMetric[] {
  return linesOf(text).map(({ line, number }) => {
    const parts = line.split(' ')
    const [, , , runId, ...dataset] = parts
    if (runId === undefined) throw badLine(path, number)
    const about =
      dataset.length < 2 ? {} : { datasetName: dataset.slice(0, -1).join(' '), datasetDigest: dataset.at(-1)! }
    return { ...parsePoint(path, number, key, parts), runId, ...about }
  })
}

function linesOf(text: string): readonly { readonly line: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line !== '')
}

function parsePoint(path: string, line: number, key: string, [time, value, step = '0']: readonly string[]): Metric {
  const point = { key, value: parseValue(value), timestamp: Number(time), step: Number(step) }
  if (point.value !== undefined && Number.isSafeInteger(point.timestamp) && Number.isSafeInteger(point.step)) {
    return { ...point, value: point.value }
  }
  throw badLine(path, line)
}

const named: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity }

/** A number as Python writes it. */
function parseValue(text = ''): number | undefined {
  const value = named[text.toLowerCase()] ?? (text === '' ? undefined : Number(text))
  return Number.isNaN(value) && text.toLowerCase() !== 'nan' ? undefined : value
}

function badLine(path: string, line: number): Error {
  return badFile(path, `line ${line} is no point of a metric; expected a time, a value and a step`)
}
