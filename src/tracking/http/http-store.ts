/** A tracking store that is another program: MLflow's server, or ours. */
import { type ObjectStorage, openStorage } from '../../storage/index.ts'
import { type TrackingStore } from '../tracking-store.ts'
import { proxiedStorage } from './artifacts.ts'
import { connect } from './connection.ts'
import { httpExperiments } from './experiments.ts'
import { httpLoggedModels } from './logged-models.ts'
import { httpRegistry } from './registry.ts'
import { httpRuns, type HttpRunOptions } from './runs.ts'
import { httpTraces } from './traces.ts'

export interface HttpStoreOptions extends HttpRunOptions {
  /** How long to go on trying while a server that has answered before does not, or is too busy. */
  readonly patienceMs: number
  /** Whose changes of the registry these are. */
  readonly user: string
}

export interface HttpStore {
  readonly store: TrackingStore
  /** The storage of an artifact URI as the server tells it: its own, or any that this machine can open. */
  readonly openArtifacts: (uri: string) => ObjectStorage
}

/**
 * The store of the server at `uri`, such as `http://127.0.0.1:5000`. Nothing is asked before the first use.
 *
 * @throws MillraceError INVALID_ARGUMENT for a URI that cannot be read
 */
export function httpStore(uri: string, options: HttpStoreOptions): HttpStore {
  const connection = connect(uri, options)
  const runs = httpRuns(connection, options)
  return {
    store: {
      ...httpExperiments(connection),
      ...runs,
      ...httpRegistry(connection, runs, options.user),
      ...httpLoggedModels(connection),
      ...httpTraces(connection),
      [Symbol.asyncDispose]: async () => {},
    },
    openArtifacts: (place) =>
      /^mlflow-artifacts:/i.test(place) ? proxiedStorage(connection, place) : openStorage(place),
  }
}
