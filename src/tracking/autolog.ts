import { setScopeOfUnobserved } from '../core/index.ts'
import type { AutologOptions } from './autologger.ts'
import { openTracking, type OpenTrackingOptions } from './open-tracking.ts'
import { withRun, type WithRunOptions } from './with-run.ts'

export interface AutologProcessOptions
  extends AutologOptions, Pick<OpenTrackingOptions, 'trackingUri'>, Pick<WithRunOptions, 'experiment' | 'tags'> {}

/**
 * From now on each training of this process that is in no run makes one of its own, with all that `withRun` logs of it:
 * MLflow's `mlflow.autolog()`. The run ends with the training, FAILED where that throws. Dispose of what is given back
 * to stop.
 *
 *     autolog({ experiment: 'penguins' })
 *     await penguinsModel.train(table)
 */
export function autolog({ trackingUri, models, ...options }: AutologProcessOptions = {}): Disposable {
  const before = setScopeOfUnobserved(async (training) => {
    await using client = await openTracking({ ...(trackingUri !== undefined && { trackingUri }) })
    return await withRun(client, { ...options, autolog: { ...(models !== undefined && { models }) } }, () => training())
  })
  return {
    [Symbol.dispose]: () => {
      setScopeOfUnobserved(before)
    },
  }
}
