/** What preprocessing leaves for training. */
import { writeFile } from 'node:fs/promises'
import { parseJson } from 'millrace/core'
import { readCsv, type Table, writeCsv } from 'millrace/data'
import type { InputExample } from 'millrace/model'
import { type FittedPreprocessor, preprocessorFromJSON } from 'millrace/preprocess'
import { readLocally, writeLocally } from 'millrace/storage'
import { z } from 'zod'
import { inside, type Settings } from '../settings.ts'
import { readText } from './read-text.ts'

/** Features by name, scaled and encoded, and the target as it was; and how the features were made of the data. */
export interface Prepared {
  readonly train: Table
  readonly valid: Table
  readonly preprocessor: FittedPreprocessor
  /** Some rows of the data as they were. */
  readonly example: InputExample
}

const fileSchema = z.strictObject({
  preprocessor: z.unknown(),
  example: z.strictObject({
    columns: z.array(z.string()),
    data: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  }),
})

export async function writePrepared({ preprocessing }: Settings, prepared: Prepared): Promise<void> {
  const write = async (name: string, work: (path: string) => Promise<void>): Promise<void> =>
    await writeLocally(inside(preprocessing.output_dir, name), work)
  await write('train.csv', (path) => writeCsv(path, prepared.train))
  await write('valid.csv', (path) => writeCsv(path, prepared.valid))
  await write('preprocessor.json', (path) => writePreprocessor(path, prepared))
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST where preprocessing has not run, INVALID_CONFIG for files it did not write */
export async function readPrepared({ data, preprocessing }: Settings): Promise<Prepared> {
  const at = (name: string): string => inside(preprocessing.output_dir, name)
  const frame = await readLocally(at('preprocessor.json'), readPreprocessor)
  const features = Object.fromEntries(frame.preprocessor.featureNames.map((name) => [name, 'double' as const]))
  const train: Table = await readLocally(at('train.csv'), (path) => readCsv(path, { types: features }))
  const types = { ...features, [data.target_column]: train.column(data.target_column).type }
  const valid: Table = await readLocally(at('valid.csv'), (path) => readCsv(path, { types }))
  return { train, valid, ...frame }
}

export async function writePreprocessor(
  path: string,
  { preprocessor, example }: Pick<Prepared, 'preprocessor' | 'example'>,
): Promise<void> {
  await writeFile(path, `${JSON.stringify({ preprocessor, example })}\n`)
}

export async function readPreprocessor(path: string): Promise<Pick<Prepared, 'preprocessor' | 'example'>> {
  const { preprocessor, example } = parseJson(
    fileSchema,
    await readText(path, 'Preprocess the data first: preprocess.ts'),
    path,
  )
  return { preprocessor: preprocessorFromJSON(preprocessor), example }
}
