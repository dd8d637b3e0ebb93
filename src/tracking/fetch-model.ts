/** Models that a tracking server keeps, copied to this machine once a process: what a version points to never changes. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replaceAtomic } from '../core/index.ts'
import { type ObjectStorage } from '../storage/index.ts'

let folder: string | undefined

/** The path of a copy of the model folder `storage`. @throws RESOURCE_DOES_NOT_EXIST when there is nothing */
export async function fetchModel(storage: ObjectStorage): Promise<string> {
  folder ??= newFolder()
  const path = join(folder, createHash('sha256').update(storage.uri).digest('hex').slice(0, 16))
  if (!existsSync(path)) await replaceAtomic(path, async (temporary) => await storage.download('', temporary))
  return path
}

function newFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'millrace-models-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}
