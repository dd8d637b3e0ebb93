/** Artifacts of runs. */
import { z } from 'zod'
import { addressOf, ask, mlflow, read } from './http.ts'

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

/** Folders that are looked into at most: some runs have thousands. */
const maxFolders = 40

/** The files of a run, folder by folder from the root down, without those beyond the fortieth folder. */
export async function findFiles(runId: string, signal?: AbortSignal): Promise<readonly ArtifactFile[]> {
  const found: ArtifactFile[] = []
  const folders = ['']
  for (let at = 0; at < Math.min(folders.length, maxFolders); at++) {
    for (const file of await listArtifacts(runId, folders[at]!, signal)) {
      if (file.isFolder) folders.push(file.path)
      else found.push(file)
    }
  }
  return found
}

/** Where the browser finds an artifact, to save or to show it. */
export function artifactAddress(runId: string, path: string): string {
  return addressOf('get-artifact', { run_id: runId, path })
}

/** What browsers show as images, by the endings of names. */
export const imageNames = /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i

/** @throws ServerError */
export async function readArtifact(runId: string, path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return await read(artifactAddress(runId, path), signal)
}
