/** From a table to a registered model in one run: cross-validate, gate, train on all rows, register. */
import { MillraceError } from '../core/index.ts'
import type { Split, Table } from '../data/index.ts'
import { evaluateModel, type Model, type ModelTrainOptions, scoreNames } from '../model/index.ts'
import type { ActiveRun } from './active-run.ts'
import { crossValidateModel, type ModelCrossValidation } from './cross-validate-model.ts'
import type { ModelVersion } from './entities.ts'
import { decideGate, type Gate } from './decide-gate.ts'
import { type GateEvidence, recordGate } from './gate-evidence.ts'
import { registerModel } from './log-model.ts'
import type { TrackingClient } from './open-tracking.ts'
import { checkAliasNotReserved, checkModelName } from './registry-validation.ts'
import { withRun } from './with-run.ts'

export interface TrainingPlan<Config> extends Pick<ModelTrainOptions, 'signal' | 'onEpoch' | 'onStep' | 'data'> {
  readonly experiment: string
  readonly runName?: string
  readonly model: Model<Config>
  readonly table: Table
  readonly target: string
  /** Folds of the cross-validation, as kFold() makes them; [] for none. */
  readonly folds: readonly Split[]
  readonly gate?: Gate
  readonly register?: { readonly name: string; readonly aliases?: readonly string[] }
  readonly onStage?: (stage: PlanStage) => void
}

/** Where a plan has got to. */
export type PlanStage =
  | { readonly kind: 'run started'; readonly runId: string; readonly runName: string }
  | {
      readonly kind: 'fold scored'
      readonly fold: number
      readonly folds: number
      readonly metrics: Readonly<Record<string, number>>
    }
  | { readonly kind: 'gate decided'; readonly evidence: GateEvidence }
  | { readonly kind: 'training'; readonly rowCount: number }
  | { readonly kind: 'registered'; readonly version: ModelVersion }

export interface PlanResult {
  readonly runId: string
  /** Cross-validated scores, mean and deviation; empty without folds. */
  readonly scores: ModelCrossValidation['scores']
  /** Scores of the final model on the very rows it learned from: an upper bound, not an estimate. */
  readonly trainingScores: Readonly<Record<string, number>>
  readonly gate?: GateEvidence
  /** There unless the gate failed or no registration was asked for. */
  readonly version?: ModelVersion
}

/**
 * Looks for what would stop `plan`, before there is a run that could fail, and while a row still has its number: folds
 * take rows out of the table.
 *
 * @throws MillraceError INVALID_ARGUMENT for a gate on a score that is not measured or a name that cannot be, and what
 *   `model.check` throws
 */
export function checkPlan<Config>({ gate, folds, model, table, register }: TrainingPlan<Config>): void {
  const known = scoreNames[model.task]
  if (gate !== undefined && folds.length === 0) {
    throw new MillraceError('INVALID_ARGUMENT', 'A gate judges cross-validated scores. Ask for at least two folds.')
  }
  if (gate !== undefined && !known.includes(gate.metric)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The gate asks for "${gate.metric}", which is not measured for ${model.task}. There are: ${known.join(', ')}.`,
    )
  }
  model.check(table)
  if (register === undefined) return
  checkModelName(register.name)
  for (const alias of register.aliases ?? []) checkAliasNotReserved(alias)
}

/**
 * Carries out `plan` as one run, with a nested run for each fold. The final model learns from all rows. It is logged in
 * any case, and registered when the gate passes; the evidence is bound to the version and logged with the run.
 *
 * @throws MillraceError what `checkPlan` throws, and what data and model throw
 */
export async function trainAndRegister<Config>(
  client: TrackingClient,
  plan: TrainingPlan<Config>,
): Promise<PlanResult> {
  const { experiment, runName, model, table, target, register, signal, onStage } = plan
  checkPlan(plan)
  const name = runName === undefined ? {} : { name: runName }
  const abort = signal === undefined ? {} : { signal }
  return await withRun(client, { experiment, ...name, ...abort }, async (run) => {
    onStage?.({ kind: 'run started', runId: run.runId, runName: run.info.runName })
    const validation = await crossValidate(client, run, plan)
    const gate =
      plan.gate === undefined
        ? undefined
        : decideGate(plan.gate, validation, { runId: run.runId, clock: client.clock, table })
    if (gate !== undefined) {
      await run.logDict(gate, 'gate.json')
      onStage?.({ kind: 'gate decided', evidence: gate })
    }

    onStage?.({ kind: 'training', rowCount: table.rowCount })
    const { onEpoch, onStep, data } = plan
    const options = { ...abort, ...pickDefined({ onEpoch, onStep, data }) }
    await using trained = (await model.train(table, options)).model
    signal?.throwIfAborted()
    const { metrics, report } = await evaluateModel(trained, table, target)
    await run.logMetrics(Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`training_${key}`, value])))
    if (report !== undefined) await run.logDict(report, 'training_report.json')

    const result = { runId: run.runId, scores: validation.scores, trainingScores: metrics, ...pickDefined({ gate }) }
    if (register === undefined || gate?.passed === false) return result
    const version = await registerModel(client, register.name, { runId: run.runId })
    if (gate !== undefined) await recordGate(client, register.name, version.version, gate)
    // Aliases come last: whoever follows one finds a version with its evidence.
    for (const alias of register.aliases ?? [])
      await client.setRegisteredModelAlias(register.name, alias, version.version)
    onStage?.({ kind: 'registered', version })
    return { ...result, version }
  })
}

async function crossValidate<Config>(
  client: TrackingClient,
  run: ActiveRun,
  plan: TrainingPlan<Config>,
): Promise<ModelCrossValidation> {
  const { folds, model, table, target, signal, data, onStage } = plan
  if (folds.length === 0) return { scores: {}, perRow: new Float64Array(0) }
  return await crossValidateModel(client, run, model, {
    table,
    target,
    folds,
    onFold: (fold, metrics) => onStage?.({ kind: 'fold scored', fold, folds: folds.length, metrics }),
    ...pickDefined({ signal, data }),
  })
}

function pickDefined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}
