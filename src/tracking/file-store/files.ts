/** The files of MLflow's old file store: one value a file, YAML for what has several. Every error names its file. */
import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { z } from 'zod'
import { asError, MillraceError, parseWith, systemErrorCode } from '../../core/index.ts'

/** A file that is not what the store should have there. */
export function badFile(path: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('STORE_CORRUPT', `${path}: ${reason}`, { cause })
}

/** What `meta.yaml` of a folder says. @throws MillraceError STORE_CORRUPT when it is missing or says something else */
export async function readMeta<T>(folder: string, schema: z.ZodType<T>): Promise<T> {
  const path = join(folder, 'meta.yaml')
  const text = await readText(path)
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    throw badFile(path, `it is no YAML (${asError(cause).message.split('\n')[0]})`, cause)
  }
  return parseWith(schema, value, path, 'STORE_CORRUPT')
}

/** The files below a folder, with their paths in it as keys: names with a `/` are in folders of their own. */
export async function readTexts(folder: string, inside = ''): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const entry of await entriesOf(join(folder, inside))) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`
    if (entry.isDirectory()) Object.assign(texts, await readTexts(folder, path))
    else texts[path] = await readText(join(folder, path))
  }
  return texts
}

/** The names of the folders in a folder, in order; none where there is no such folder. Hidden ones are left out. */
export async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await entriesOf(folder)
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw badFile(folder, asError(error).message, error)
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw badFile(path, systemErrorCode(error) === 'ENOENT' ? 'it is missing' : asError(error).message, error)
  }
}
