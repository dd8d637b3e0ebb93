/** Artifacts of a run: files below the run's own artifact URI. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { type ObjectStorage, type StorageEntry } from '../storage/index.ts'
import { type RunStore } from './tracking-store.ts'
import { invalidParameter } from './validation.ts'

/** All paths are relative to the run's artifacts, with `/`; none may leave them. */
export interface RunArtifacts {
  /** Copies a file or folder of this machine into the folder `artifactPath` (default: the top), under its own name. */
  logArtifact(runId: string, localPath: string, artifactPath?: string): Promise<void>
  /** Copies what is in a folder of this machine into the folder `artifactPath` (default: the top). */
  logArtifacts(runId: string, localFolder: string, artifactPath?: string): Promise<void>
  logText(runId: string, text: string, artifactFile: string): Promise<void>
  /** Writes a value as YAML when the name ends in .yaml or .yml, as JSON otherwise. */
  logDict(runId: string, value: unknown, artifactFile: string): Promise<void>
  /** What lies directly in a folder, sorted by path; empty for what does not exist. */
  listArtifacts(runId: string, path?: string): Promise<readonly StorageEntry[]>
  /**
   * A path on this machine with the file or folder `path`. Without `destination` that is where it lies, if it lies on
   * this machine, and a new temporary folder otherwise; with it, a copy below that folder.
   */
  downloadArtifacts(runId: string, path: string, destination?: string): Promise<string>
}

/** The artifacts of the runs of `store`, opened by `open`. Writing to those of a deleted run is refused. */
export function runArtifacts(store: Pick<RunStore, 'getRun'>, open: (uri: string) => ObjectStorage): RunArtifacts {
  const read = async (runId: string): Promise<ObjectStorage> => open((await store.getRun(runId)).info.artifactUri)
  const write = async (runId: string): Promise<ObjectStorage> => {
    const { info } = await store.getRun(runId)
    if (info.lifecycleStage === 'active') return open(info.artifactUri)
    throw invalidParameter(`The run ${runId} must be in the 'active' state. Current state is ${info.lifecycleStage}.`)
  }
  return {
    logArtifact: async (runId, localPath, artifactPath = '') => {
      const name = basename(resolve(localPath))
      await (await write(runId)).upload(localPath, artifactPath === '' ? name : `${artifactPath}/${name}`)
    },
    logArtifacts: async (runId, localFolder, artifactPath = '') => {
      await (await write(runId)).upload(localFolder, artifactPath)
    },
    logText: async (runId, text, artifactFile) => {
      await (await write(runId)).write(artifactFile, text)
    },
    logDict: async (runId, value, artifactFile) => {
      const isYaml = ['.yaml', '.yml'].includes(extname(artifactFile))
      await (await write(runId)).write(artifactFile, isYaml ? stringify(value) : `${JSON.stringify(value, null, 2)}\n`)
    },
    listArtifacts: async (runId, path = '') => await (await read(runId)).list(path),
    downloadArtifacts: async (runId, path, destination) => {
      const storage = await read(runId)
      const local = storage.localPath(path)
      if (destination === undefined && local !== undefined && (await storage.exists(path))) return local
      const folder = destination ?? (await mkdtemp(join(tmpdir(), 'millrace-artifacts-')))
      const target = resolve(folder, path)
      await storage.download(path, target)
      return target
    },
  }
}
