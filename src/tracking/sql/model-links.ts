/** Which logged models a run has used and which came out of it: rows of MLflow's table of inputs. */
import { randomUUID } from 'node:crypto'
import { type ModelOutput } from '../entities.ts'
import { invalidParameter } from '../validation.ts'
import { type StoreContext } from './store-context.ts'

type Database = StoreContext['db']

export const inputLink = { source_type: 'RUN_INPUT', destination_type: 'MODEL_INPUT' } as const
export const outputLink = { source_type: 'RUN_OUTPUT', destination_type: 'MODEL_OUTPUT' } as const

interface ModelLink {
  readonly run_uuid: string
  readonly model_id: string
  readonly source_type: string
  readonly step: number
}

export async function loadModelLinks(db: Database, runIds: readonly string[]): Promise<readonly ModelLink[]> {
  return await db
    .selectFrom('inputs')
    .select(['source_id as run_uuid', 'destination_id as model_id', 'source_type', 'step'])
    .where('source_type', 'in', [inputLink.source_type, outputLink.source_type])
    .where('source_id', 'in', runIds)
    .orderBy('step')
    .orderBy('destination_id')
    .execute()
}

/**
 * Links that are there already stay as they are.
 *
 * @throws INVALID_PARAMETER_VALUE for a model that is linked at another step
 */
export async function insertModelLinks(
  tx: Database,
  runId: string,
  link: typeof inputLink | typeof outputLink,
  models: readonly ModelOutput[],
): Promise<void> {
  if (models.length === 0) return
  await checkSteps(tx, runId, link, models)
  const rows = models.map(({ modelId, step }) => ({
    ...link,
    input_uuid: randomUUID().replaceAll('-', ''),
    source_id: runId,
    destination_id: modelId,
    step,
  }))
  await tx
    .insertInto('inputs')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function checkSteps(
  tx: Database,
  runId: string,
  { source_type }: typeof inputLink | typeof outputLink,
  models: readonly ModelOutput[],
): Promise<void> {
  const linked = await tx
    .selectFrom('inputs')
    .select(['destination_id', 'step'])
    .where('source_type', '=', source_type)
    .where('source_id', '=', runId)
    .execute()
  const steps = new Map(linked.map((row) => [row.destination_id, row.step]))
  for (const { modelId, step } of models) {
    const other = steps.get(modelId) ?? step
    if (other !== step) {
      throw invalidParameter(`Model ${modelId} has come out of run ${runId} at step ${other}, not at ${step}.`)
    }
    steps.set(modelId, step)
  }
}
