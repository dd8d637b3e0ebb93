import { type MetricToLog, type ModelMetric } from '../entities.ts'
import { groupBy, type StoreContext } from './store-context.ts'
import { findLoggedModel } from './load-logged-models.ts'

type Database = StoreContext['db']

/**
 * Adds those points that are about a logged model to its metrics; one that is there already stays. Infinity is kept as
 * the largest number, NaN as nothing.
 *
 * @throws RESOURCE_DOES_NOT_EXIST for a model there is none of
 */
export async function insertModelMetrics(tx: Database, runId: string, metrics: readonly MetricToLog[]): Promise<void> {
  const about = metrics.filter(({ modelId }) => modelId !== undefined)
  for (const [modelId, points] of groupBy(about, (metric) => metric.modelId!)) {
    const model = await findLoggedModel(tx, modelId)
    await addModelPoints(
      tx,
      model,
      points.map((point) => ({ ...point, runId })),
    )
  }
}

/** The same for a model that is known, whoever measured it. */
export async function addModelPoints(
  tx: Database,
  { model_id, experiment_id }: { readonly model_id: string; readonly experiment_id: number },
  points: readonly ModelPoint[],
): Promise<void> {
  const rows = points.map(({ key, value, timestamp, step, runId, datasetName = null, datasetDigest = null }) => ({
    model_id,
    metric_name: key,
    metric_timestamp_ms: timestamp,
    metric_step: step,
    metric_value: Number.isNaN(value) ? null : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)),
    experiment_id,
    run_id: runId,
    dataset_name: datasetName,
    dataset_digest: datasetDigest,
  }))
  await tx
    .insertInto('logged_model_metrics')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

type ModelPoint = MetricToLog & Pick<ModelMetric, 'runId'>
