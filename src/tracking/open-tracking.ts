/** The way in: from a tracking URI to a client. */
import { dirname, resolve } from 'node:path'
import { type Clock, MillraceError, systemClock } from '../core/index.ts'
import { fileUriOf, localPathOf, type ObjectStorage, openStorage } from '../storage/index.ts'
import { type RunStatus } from './entities.ts'
import { runArtifacts, type RunArtifacts } from './run-artifacts.ts'
import { openPostgres } from './sql/open-postgres.ts'
import { openSqlite } from './sql/open-sqlite.ts'
import { sqlStore } from './sql/sql-store.ts'
import { type TrackingStore } from './tracking-store.ts'

export interface OpenTrackingOptions {
  /**
   * `sqlite:///relative.db`, `sqlite:////absolute.db` or a plain path, or `postgresql://user:password@host:port/database`
   * (which needs the package `pg`), or `http://host:5000`, a tracking server of ours or MLflow's. Default: `sqlite:///mlflow.db`.
   */
  readonly trackingUri?: string
  /** Whether a store that does not exist is made. Default: true. A mere look leaves nothing behind with false. */
  readonly create?: boolean
  /** Folder or URI in which new experiments get their artifact folders. Default: `mlartifacts` beside the SQLite file, or in this folder. */
  readonly artifactRoot?: string
  readonly clock?: Clock
  /** How long to wait for others who write, or for a server that is away, in milliseconds. Default: 20,000. */
  readonly lockTimeoutMs?: number
  /** Whether parameters over 6000 and tags over 8000 characters are cut, as MLflow does (default), or refused. */
  readonly truncateLongValues?: boolean
}

/** A tracking store together with the artifacts of its runs: MLflow's client in TypeScript. */
export interface TrackingClient extends TrackingStore, RunArtifacts {
  readonly clock: Clock
  /** URI of the folder in which new experiments get theirs. */
  readonly artifactRoot: string
  /** What is kept at an artifact URI of this store: its server's own (`mlflow-artifacts:`), or what openStorage takes. */
  readonly openArtifacts: (uri: string) => ObjectStorage
  /** Ends a run, now unless `endTime` (milliseconds) says otherwise. */
  setTerminated(runId: string, status?: RunStatus, endTime?: number): Promise<void>
}

/**
 * Opens the tracking store at `trackingUri`; a new file gets MLflow's schema. Several processes may have it open.
 *
 * @throws MillraceError STORE_INCOMPATIBLE, STORE_CORRUPT, STORE_LOCKED or STORAGE_FAILED, each saying what to do;
 *   INVALID_ARGUMENT for a URI that names no SQLite file, RESOURCE_DOES_NOT_EXIST for no file without `create`
 */
export async function openTracking(options: OpenTrackingOptions = {}): Promise<TrackingClient> {
  const { trackingUri = 'sqlite:///mlflow.db', clock = systemClock } = options
  const { lockTimeoutMs = 20_000, truncateLongValues = true, create = true } = options
  if (/^https?:\/\//i.test(trackingUri)) {
    const { httpStore } = await import('./http/http-store.ts')
    const { store, openArtifacts } = httpStore(trackingUri, { clock, truncateLongValues, patienceMs: lockTimeoutMs })
    return trackingClient({ store, clock, openArtifacts, artifactRoot: 'mlflow-artifacts:' })
  }
  const isPostgres = /^postgres(ql)?(\+\w+)?:\/\//i.test(trackingUri)
  const file = isPostgres ? undefined : sqliteFile(trackingUri)
  const folder = file === undefined ? '.' : dirname(file)
  const artifactRoot = absoluteUri(options.artifactRoot ?? resolve(folder, 'mlartifacts'))
  const common = { clock, artifactRoot, lockTimeoutMs, create }
  const { close, ...database } =
    file === undefined ? await openPostgres(trackingUri, common) : await openSqlite(file, common)
  const store = sqlStore({ ...database, ...common, truncateLongValues }, close)
  return trackingClient({ store, clock, openArtifacts: openStorage, artifactRoot })
}

interface ClientParts extends Pick<TrackingClient, 'clock' | 'artifactRoot' | 'openArtifacts'> {
  readonly store: TrackingStore
}

function trackingClient({ store, ...parts }: ClientParts): TrackingClient {
  return {
    ...store,
    ...runArtifacts(store, parts.openArtifacts),
    ...parts,
    setTerminated: async (runId, status = 'FINISHED', endTime = parts.clock()) => {
      await store.updateRun(runId, { status, endTime })
    },
  }
}

/** The database file a tracking URI names, absolute. */
function sqliteFile(uri: string): string {
  const match = /^sqlite:\/\/\/(.+)$/s.exec(uri)
  if (match !== null && match[1] !== ':memory:') return resolve(match[1]!)
  const isPlainPath = uri !== '' && (!/^[a-z][a-z0-9+.-]+:/i.test(uri) || /^[a-z]:[\\/]/i.test(uri))
  if (isPlainPath) return resolve(uri)
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Cannot open tracking URI "${uri}": it is no SQLite file, no PostgreSQL database and no server. Write sqlite:///mlflow.db (relative), ` +
      'sqlite:////data/mlflow.db (absolute), a path, postgresql://user@host/database or http://host:5000.',
  )
}

function absoluteUri(location: string): string {
  const path = localPathOf(location)
  return (path === undefined ? location : fileUriOf(path)).replace(/\/+$/, '')
}
