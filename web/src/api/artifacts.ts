/** Artifacts of runs. */
import { z } from 'zod'
import { addressOf, ask, mlflow, ServerError } from './http.ts'

export interface ArtifactFile {
  /** From the root of the run's artifacts. */
  readonly path: string
  readonly isFolder: boolean
  readonly sizeBytes: number
}

const listAnswer = z.object({
  root_uri: z.string().default(''),
  files: z
    .array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.number().default(0) }))
    .default([]),
})

/** What lies in a folder of a run's artifacts; '' is the root. */
export async function listArtifacts(
  runId: string,
  path: string,
  signal?: AbortSignal,
): Promise<readonly ArtifactFile[]> {
  const query = { run_id: runId, path: path === '' ? undefined : path }
  const { files } = await ask(listAnswer, 'GET', `${mlflow}/artifacts/list`, { query, signal })
  return files.map((file) => ({ path: file.path, isFolder: file.is_dir, sizeBytes: file.file_size }))
}

/** Where the browser finds an artifact, to save or to show it. */
export function artifactAddress(runId: string, path: string): string {
  return addressOf('get-artifact', { run_id: runId, path })
}

/** @throws ServerError */
export async function readArtifact(runId: string, path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  const response = await fetch(artifactAddress(runId, path), signal === undefined ? {} : { signal })
  if (!response.ok) throw new ServerError(`${path}: ${await response.text()}`, response.status, '')
  return await response.arrayBuffer()
}
