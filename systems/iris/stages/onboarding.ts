/** Getting the data to where the other stages read them. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchFailure, inTemporaryFolder, MillraceError, replaceAtomic, writeFileAtomic } from 'millrace/core'
import { knownDataset, onboardDataset, readTable } from 'millrace/data'
import { readLocally, writeLocally } from 'millrace/storage'
import type { Settings } from '../settings.ts'
import { say, type StageInput } from '../stage.ts'
import { readText } from './read-text.ts'

const COLUMNS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species']
const TIMEOUT_MS = 30_000

/**
 * Puts the data at `data.path`.
 *
 * @throws MillraceError DOWNLOAD_FAILED or DataError for data that cannot be had as published; INVALID_CONFIG when they
 *   have no column `data.target_column`
 */
export async function onboard({ data }: Settings, { options, signal }: StageInput): Promise<void> {
  const { source, columns } = options
  await writeLocally(data.path, async (path) => {
    if (source === undefined) await publishedIris(path, options, signal)
    else await writeFileAtomic(path, withHeader(await readSource(source, signal), columns?.split(',') ?? COLUMNS))
  })
  const table = await readLocally(data.path, (path) => readTable(path))
  if (!table.has(data.target_column)) {
    throw new MillraceError(
      'INVALID_CONFIG',
      `The data have no column "${data.target_column}", which data.target_column names. They have: ${table.columnNames.join(', ')}.`,
    )
  }
  say(`${table.rowCount} rows with the columns ${table.columnNames.join(', ')} are at ${data.path}.`)
}

async function publishedIris(
  path: string,
  { from, mirror }: StageInput['options'],
  signal: AbortSignal,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const places = { ...(from !== undefined && { from }), ...(mirror !== undefined && { mirrors: [mirror] }) }
    await onboardDataset(knownDataset('iris'), { to: folder, signal, ...places })
    await replaceAtomic(path, (temporary) => copyFile(join(folder, 'iris.csv'), temporary))
  })
}

async function readSource(source: string, signal: AbortSignal): Promise<string> {
  if (!/^https?:/i.test(source)) return await readLocally(source, (path) => readText(path, 'Name another --source.'))
  try {
    const answer = await fetch(source, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) })
    if (answer.ok) return await answer.text()
    throw new Error(`it answered ${answer.status}`)
  } catch (error) {
    signal.throwIfAborted()
    throw new MillraceError('DOWNLOAD_FAILED', `Cannot get ${source}: ${fetchFailure(error, TIMEOUT_MS)}.`, {
      cause: error,
    })
  }
}

/** A header is added where the first row has a number in it, as rows of values have and headings have not. */
function withHeader(text: string, columns: readonly string[]): string {
  const [first = ''] = text.split(/\r?\n/, 1)
  const fields = first.split(',')
  if (!fields.some((field) => field.trim() !== '' && Number.isFinite(Number(field)))) return text
  if (fields.length === columns.length) return `${columns.join(',')}\n${text.trim()}\n`
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `The rows have ${fields.length} values, but there are ${columns.length} names for them: ${columns.join(', ')}. Give the right ones with --columns.`,
  )
}
