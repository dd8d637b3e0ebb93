/** Training: one run, the best and the final model, and what the best is worth on the validation rows. */
import { MillraceError } from 'millrace/core'
import type { Table } from 'millrace/data'
import { accuracy, classScores, spearman } from 'millrace/metrics'
import { models } from 'millrace/model'
import { type ActiveRun, openTracking, withRun } from 'millrace/tracking'
import { kindLearner } from '../models/kinds.ts'
import type { Learner, Rows } from '../models/learner.ts'
import { ownLearner } from '../models/own-learner.ts'
import { ownModels } from '../models/own.ts'
import { modelPlace, type Settings } from '../settings.ts'
import { say, type StageInput } from '../stage.ts'
import { type Prepared, readPrepared } from './prepared.ts'

/**
 * Trains, inside a run where tracking is on.
 *
 * @throws MillraceError INVALID_CONFIG for a model or parameters that there are not; DataError for data it cannot learn from
 */
export async function train(settings: Settings, { signal }: Pick<StageInput, 'signal'>): Promise<void> {
  const prepared = await readPrepared(settings)
  const learner = learnerOf(settings, prepared)
  const work = async (run?: ActiveRun): Promise<void> => {
    await run?.logParams(describe(settings))
    await learner.fit(signal)
    signal.throwIfAborted()
    const metrics = scores(learner.classes(), prepared.valid, settings.data.target_column, await learner.predictValid())
    await run?.logMetrics(metrics)
    if (run !== undefined) await learner.log(run)
    for (const [name, value] of Object.entries(metrics)) say(`${name.padEnd(24)} ${value.toFixed(4)}`)
    say(`The best model is at ${modelPlace(settings, 'best')}, the final one at ${modelPlace(settings, 'final')}.`)
  }
  const { tracking, experiment_name: experiment, run_name: name } = settings.training
  if (tracking === 'off') return await work()
  await using client = await openTracking()
  // The models that trainings log by themselves take features; the one that is logged here takes the data as they are.
  await withRun(client, { experiment, name, signal, autolog: { models: false } }, work)
}

function learnerOf(settings: Settings, prepared: Prepared): Learner {
  const { name, params } = settings.model
  if (models.list().includes(name)) return kindLearner(settings, prepared)
  const own = ownModels[name]
  if (own !== undefined) return ownLearner(settings, prepared, () => own(params))
  const known = [...models.list(), ...Object.keys(ownModels)].join(', ')
  throw new MillraceError(
    'INVALID_CONFIG',
    `There is no model "${name}", which model.name asks for. There are: ${known}.`,
  )
}

/** Such as `data.path`. */
function describe({ data, preprocessing }: Settings): Record<string, unknown> {
  const sections = Object.entries({ data, preprocessing })
  return Object.fromEntries(
    sections.flatMap(([section, values]) => Object.entries(values).map(([key, value]) => [`${section}.${key}`, value])),
  )
}

/** Precision and recall are means over the classes, and then those of each class. */
function scores(classes: readonly string[], valid: Table, target: string, predicted: Rows): Record<string, number> {
  if (classes.length === 0) {
    const correlation = spearman(
      valid.numbers(target),
      predicted.map(([value]) => value!),
    )
    // Of constant predictions there is none.
    return Number.isNaN(correlation) ? {} : { val_spearmanr: correlation }
  }
  const actual = valid.strings(target).map(String)
  const labels = predicted.map((row) => classes[row.indexOf(Math.max(...row))]!)
  const byClass = classScores(actual, labels, { classes })
  const mean = (of: 'precision' | 'recall'): number => byClass.reduce((sum, one) => sum + one[of], 0) / byClass.length
  return {
    val_accuracy: accuracy(actual, labels),
    val_precision: mean('precision'),
    val_recall: mean('recall'),
    ...Object.fromEntries(
      byClass.flatMap(({ label, precision, recall }) => [
        [`val_precision_${metricName(label)}`, precision],
        [`val_recall_${metricName(label)}`, recall],
      ]),
    ),
  }
}

/** Names of metrics have letters, digits and a few signs. */
function metricName(label: string): string {
  return label.replaceAll(/[^\w. :/-]/g, '_')
}
