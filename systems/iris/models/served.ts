/** The best model, ready to answer about rows as they are in the data. */
import { join } from 'node:path'
import { MillraceError, parseJson } from 'millrace/core'
import type { Table } from 'millrace/data'
import { ModelPackage, models } from 'millrace/model'
import type { InputColumn } from 'millrace/preprocess'
import { z } from 'zod'
import type { Settings } from '../settings.ts'
import { readPreprocessor } from '../stages/prepared.ts'
import { readText } from '../stages/read-text.ts'
import { featureTable } from '../stages/features.ts'
import { rowsOf } from './kinds.ts'
import { readBest, type Rows } from './learner.ts'
import { ownModels } from './own.ts'

const factsSchema = z.object({
  model_name: z.string(),
  model_params: z.record(z.string(), z.unknown()),
  feature_names: z.array(z.string()),
  class_names: z.array(z.string()),
})

export interface ServedModel {
  /** What its config.json tells. */
  readonly facts: z.output<typeof factsSchema>
  readonly inputs: readonly InputColumn[]
  predict(table: Table): Promise<Rows>
  close(): Promise<void>
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST where nothing has been trained, INVALID_MODEL for one that cannot be used */
export async function openBest(settings: Settings): Promise<ServedModel> {
  return await readBest(settings, async (folder) => {
    const config = join(folder, 'config.json')
    const facts = parseJson(
      factsSchema,
      await readText(config, 'Train a model first: train.ts'),
      config,
      'INVALID_MODEL',
    )
    return await (models.list().includes(facts.model_name) ? openKind : openOwn)(folder, facts)
  })
}

async function openKind(folder: string, facts: ServedModel['facts']): Promise<ServedModel> {
  const model = await ModelPackage.load(folder)
  return {
    facts,
    inputs: model.inputs,
    predict: (table) => rowsOf(model, table),
    close: () => model[Symbol.asyncDispose](),
  }
}

async function openOwn(folder: string, facts: ServedModel['facts']): Promise<ServedModel> {
  const create = ownModels[facts.model_name]
  if (create === undefined) {
    throw new MillraceError(
      'INVALID_MODEL',
      `${folder} is of the model "${facts.model_name}", which models/own.ts does not name.`,
    )
  }
  const model = create(facts.model_params)
  await model.load(folder)
  const { preprocessor } = await readPreprocessor(join(folder, 'preprocessor.json'))
  return {
    facts,
    inputs: preprocessor.inputs,
    predict: async (table) => await model.predict(await featureTable(preprocessor, table)),
    close: async () => {},
  }
}
