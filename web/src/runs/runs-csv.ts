/** Runs as a CSV file, with the columns that are shown. */
import type { Run } from '../api/runs.ts'
import { columnName } from './column-names.ts'

/** One line a run: its id and name, then `columns`. Texts that a spreadsheet would run are made harmless. */
export function runsCsv(runs: readonly Run[], columns: readonly string[]): string {
  const header = ['run_id', 'run_name', 'status', ...columns.map((id) => id.replace(/^attributes\./, ''))]
  const lines = runs.map((run) => [run.runId, run.name, run.status, ...columns.map((id) => valueOf(run, id))])
  return [header, ...lines].map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('')
}

function valueOf(run: Run, id: string): string {
  const key = columnName(id)
  if (id.startsWith('metrics.')) return String(run.metrics[key]?.value ?? '')
  if (id.startsWith('params.')) return run.params[key] ?? ''
  if (id.startsWith('tags.')) return run.tags[key] ?? ''
  switch (id) {
    case 'attributes.start_time':
      return timeText(run.startTime)
    case 'attributes.duration':
      return run.startTime === undefined || run.endTime === undefined ? '' : String(run.endTime - run.startTime)
    case 'attributes.user_id':
      return run.userId
    case 'attributes.dataset':
      return run.datasets.map(({ name }) => name).join(' ')
    case 'attributes.source':
      return run.tags['mlflow.source.name'] ?? ''
    default:
      return ''
  }
}

function timeText(time: number | undefined): string {
  return time === undefined ? '' : new Date(time).toISOString()
}

function csvField(value: string): string {
  // A spreadsheet takes =, +, - and @ for a formula; numbers may begin with a sign.
  const isFormula = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value))
  const safe = isFormula ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Lets the browser save a text as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
