import { type TrackingStore } from '../tracking-store.ts'
import { experimentStore } from './experiments.ts'
import { loggedModelStore } from './logged-models.ts'
import { modelVersionStore } from './model-versions.ts'
import { registeredModelStore } from './registered-models.ts'
import { registryHistory } from './registry-history.ts'
import { runStore } from './runs.ts'
import { type StoreContext } from './store-context.ts'
import { traceStore } from './traces.ts'

/** A tracking store over an open SQL database; disposing of it calls `close`. */
export function sqlStore(context: StoreContext, close: () => Promise<void>): TrackingStore {
  return {
    ...experimentStore(context),
    ...runStore(context),
    ...registeredModelStore(context),
    ...modelVersionStore(context),
    ...registryHistory(context),
    ...loggedModelStore(context),
    ...traceStore(context),
    [Symbol.asyncDispose]: close,
  }
}
