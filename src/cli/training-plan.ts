/** From the flags of `millrace train` to a plan whose data and configuration have been looked at. */
import { basename } from 'node:path'
import { MillraceError, readConfiguration } from '../core/index.ts'
import { kFold, readTable, requireRows } from '../data/index.ts'
import { models, type TabularConfig } from '../model/index.ts'
import { checkPlan, type Gate, type TrainingPlan } from '../tracking/index.ts'
import { inFile, readOptions, tableName, type TableFlags } from './options.ts'

/** What the command line says of a training. */
export interface TrainFlags extends TableFlags {
  readonly target?: string
  readonly kind: string
  readonly features?: string[]
  readonly hidden?: number[]
  readonly epochs?: number
  readonly batchSize?: number
  readonly learningRate?: number
  readonly optimizer?: string
  readonly estimators?: number
  readonly maxLeaves?: number
  readonly seed?: number
  readonly config?: string
  readonly folds: number
  readonly gate?: Gate
  readonly experiment?: string
  readonly register?: string
  readonly alias: string[]
}

/**
 * The plan for the table at `path`. Reads the table, so that what is wrong with it is said before a run is started.
 *
 * @throws MillraceError INVALID_CONFIG or INVALID_ARGUMENT for what was asked for, DataError for the table
 */
export async function trainingPlan(path: string, flags: TrainFlags): Promise<TrainingPlan<TabularConfig>> {
  const { target, ...options } = {
    ...(flags.config !== undefined && (await readConfiguration(flags.config))),
    ...modelOptions(flags),
  }
  if (typeof target !== 'string') {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'Which column shall be predicted? Name it with --target or in the --config file.',
    )
  }
  if (flags.alias.length > 0 && flags.register === undefined) {
    throw new MillraceError('INVALID_ARGUMENT', '--alias names a registered version. Add --register with a name.')
  }
  const model = models.get(flags.kind)({ ...options, target })
  const table = requireRows(await readTable(path, readOptions(flags)), path)
  await inFile(path, () => model.check(table))
  const { seed } = model.params()
  const strategy =
    model.task === 'classification' ? { strategy: { stratifyBy: table.strings(target).map(String) } } : {}
  const name = basename(tableName(path)).replace(/\.[^/]*$/, '')
  const plan = {
    experiment: flags.experiment ?? name,
    model,
    table,
    target,
    folds: flags.folds === 0 ? [] : kFold(table.rowCount, flags.folds, { seed, ...strategy }),
    data: { name, source: path, ...(flags.missing !== undefined && { missing: flags.missing }) },
    ...(flags.gate === undefined ? {} : { gate: flags.gate }),
    ...(flags.register === undefined ? {} : { register: { name: flags.register, aliases: flags.alias } }),
  }
  checkPlan(plan)
  return plan
}

/** The flags that are options of models under the same name. */
const modelFlags = [
  'target',
  'features',
  'hidden',
  'epochs',
  'batchSize',
  'learningRate',
  'optimizer',
  'maxLeaves',
  'seed',
] as const

function modelOptions(flags: TrainFlags): Record<string, unknown> {
  const given = [...modelFlags.map((name) => [name, flags[name]]), ['nEstimators', flags.estimators]]
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}
