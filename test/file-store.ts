/** The file store that test/reference/file-store.py recorded, written to a folder, and what MLflow's client read in it. */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../src/core/index.ts'
import { fileUriOf } from '../src/storage/index.ts'

const texts = z.record(z.string(), z.string())

const foundExperiment = z.looseObject({
  id: z.string(),
  name: z.string(),
  tags: texts,
  runs: z.array(z.looseObject({ run_id: z.string() })),
  models: z.array(z.unknown()),
})

export type FoundExperiment = z.output<typeof foundExperiment>

const reference = z.object({
  files: texts,
  found: z.object({ experiments: z.array(foundExperiment), registered: z.array(z.unknown()) }),
})

const recorded = readFileSync(new URL('reference/file-store.json', import.meta.url), 'utf8')

/** Writes the store to the folder `root`, as if it had been made there, and tells what is in it. */
export async function writeFileStore(root: string): Promise<z.output<typeof reference>['found']> {
  const place = JSON.stringify(fileUriOf(root).slice('file://'.length)).slice(1, -1)
  const { files, found } = parseJson(reference, recorded.replaceAll('<root>', place), 'file-store.json')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return found
}
