/** The way in: from a tracking URI to a client. */
import { type Clock, runOpened, systemClock } from '../core/index.ts'
import { type ObjectStorage, openStorage } from '../storage/index.ts'
import { type RunStatus } from './entities.ts'
import { userName } from './run-context.ts'
import { runArtifacts, type RunArtifacts } from './run-artifacts.ts'
import { servedPlace } from './served-place.ts'
import { databaseFile, openDatabase } from './sql/open-database.ts'
import { sqlStore } from './sql/sql-store.ts'
import { type StoreContext } from './sql/store-context.ts'
import { getTraceAnywhere } from './trace-artifacts.ts'
import { type TrackingStore } from './tracking-store.ts'

export interface OpenTrackingOptions {
  /**
   * `sqlite:///relative.db`, `sqlite:////absolute.db` or a plain path, or `postgresql://user:password@host:port/database`
   * (which needs the package `pg`), or `http://host:5000`, a tracking server of ours or MLflow's. Default: what the environment
   * variable MLFLOW_TRACKING_URI says, else `sqlite:///mlflow.db`.
   */
  readonly trackingUri?: string
  /** Whether a store that does not exist is made. Default: true. A mere look leaves nothing behind with false. */
  readonly create?: boolean
  /**
   * Folder or URI in which new experiments get their artifact folders. Default: `mlartifacts` beside the SQLite file, or in this
   * folder. `mlflow-artifacts:` is that very folder, but kept by its relative place: database and artifacts can be moved together.
   */
  readonly artifactRoot?: string
  readonly clock?: Clock
  /** Whose changes of the registry these are, for its history. Default: the user of this process. */
  readonly user?: string
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
  const { trackingUri = defaultTrackingUri(), clock = systemClock, user = userName() } = options
  const { lockTimeoutMs = 20_000, truncateLongValues = true } = options
  if (/^https?:\/\//i.test(trackingUri)) {
    const { httpStore } = await import('./http/http-store.ts')
    const { store, openArtifacts } = httpStore(trackingUri, {
      clock,
      truncateLongValues,
      patienceMs: lockTimeoutMs,
      user,
    })
    return telling(trackingUri, trackingClient({ store, clock, openArtifacts, artifactRoot: 'mlflow-artifacts:' }))
  }
  const { client } = await openDatabaseClient(trackingUri, options)
  return telling(databaseFile(trackingUri) ?? trackingUri, client)
}

/** `client`, telling whoever observes its user which runs are opened. */
function telling(trackingUri: string, client: TrackingClient): TrackingClient {
  return {
    ...client,
    createRun: async (...args) => {
      const run = await client.createRun(...args)
      runOpened({ trackingUri, runId: run.info.runId })
      return run
    },
    updateRun: async (runId, update) => {
      const updated = await client.updateRun(runId, update)
      if (update.status === 'RUNNING') runOpened({ trackingUri, runId })
      return updated
    },
  }
}

/** The tracking URI where none is given: that of the environment, MLFLOW_TRACKING_URI, else `sqlite:///mlflow.db`. */
export function defaultTrackingUri(): string {
  return process.env['MLFLOW_TRACKING_URI'] || 'sqlite:///mlflow.db'
}

/**
 * The client of a database together with what it works on, for parts of a server that its clients have not.
 *
 * @throws MillraceError as openTracking
 */
export async function openDatabaseClient(
  trackingUri: string,
  options: OpenTrackingOptions,
): Promise<{ readonly client: TrackingClient; readonly context: StoreContext }> {
  const { clock = systemClock, truncateLongValues = true, user = userName() } = options
  const { close, ...database } = await openDatabase(trackingUri, options)
  const context = { ...database, truncateLongValues, user }
  const { artifactRoot, artifactFolder } = database
  const openArtifacts = (uri: string): ObjectStorage => openStorage(servedPlace(uri, artifactFolder) ?? uri)
  return {
    client: trackingClient({ store: sqlStore(context, close), clock, openArtifacts, artifactRoot }),
    context,
  }
}

interface ClientParts extends Pick<TrackingClient, 'clock' | 'artifactRoot' | 'openArtifacts'> {
  readonly store: TrackingStore
}

function trackingClient({ store, ...parts }: ClientParts): TrackingClient {
  return {
    ...store,
    ...runArtifacts(store, parts.openArtifacts),
    getTrace: async (traceId) => await getTraceAnywhere(store, parts.openArtifacts, traceId),
    ...parts,
    setTerminated: async (runId, status = 'FINISHED', endTime = parts.clock()) => {
      await store.updateRun(runId, { status, endTime })
    },
  }
}
