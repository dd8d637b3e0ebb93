/**
 * The models and rows that MLflow was asked about for model.json. To record its answers again:
 *
 *     MILLRACE_PYTHON=<a Python with mlflow and onnxruntime> node test/reference/model.ts
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelPackage, models } from '../../src/model/index.ts'
import { penguinsModel, readPenguins } from '../penguins.ts'
import { runPython } from '../python.ts'

/** A row as JSON has it; null is missing. */
export type ReferenceRow = Readonly<Record<string, string | number | null>>

/** What MLflow answers, by the form in which it was given the rows, and what onnxruntime says of the same graph. */
export type MlflowAnswers = Readonly<Record<string, { readonly labels?: readonly string[]; readonly values: number[] }>>

export interface ModelReference {
  readonly versions: Readonly<Record<string, string>>
  readonly classifier: MlflowAnswers
  readonly regressor: MlflowAnswers
}

/** Penguins: whole ones, some with gaps, an unknown island. Missing numbers are of columns that other rows fill. */
export const referenceRows: readonly ReferenceRow[] = [
  penguin('Biscoe', 48.6, 16, 230, 5800, 'MALE'),
  penguin('Torgersen', 39.1, 18.7, 181, 3750, 'MALE'),
  penguin('Dream', 49.5, 19, 200, 3800, 'FEMALE'),
  penguin(null, null, 17.4, 186, null, null),
  penguin('Atlantis', 46.5, null, null, 3500, 'FEMALE'),
  penguin(null, null, null, null, null, null),
]

/**
 * The same two models each time: their seed is fixed. By plain gradient descent, since Adam's first steps would make much
 * of the last bit, which may differ on another processor.
 */
export async function trainReferenceModels(): Promise<{ classifier: ModelPackage; regressor: ModelPackage }> {
  const table = await readPenguins()
  const weighed = table.take(Array.from({ length: 344 }, (_, row) => row).filter((row) => ![3, 339].includes(row)))
  const features = ['island', 'culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm', 'sex']
  const descent = { optimizer: 'sgd', learningRate: 0.1, epochs: 20 } as const
  const regressor = models.get('mlp-regressor')({
    target: 'body_mass_g',
    features,
    hidden: [8],
    ...descent,
  })
  return {
    classifier: (await penguinsModel(descent).train(table)).model,
    regressor: (await regressor.train(weighed)).model,
  }
}

/** Saves `models` into `folder` and asks the Python at hand about them, by model.py. */
export async function askMlflow(
  folder: string,
  { classifier, regressor }: Awaited<ReturnType<typeof trainReferenceModels>>,
): Promise<ModelReference> {
  await classifier.save(join(folder, 'classifier'))
  await regressor.save(join(folder, 'regressor'))
  await writeFile(join(folder, 'rows.json'), JSON.stringify(referenceRows))
  return runPython(folder, fileURLToPath(new URL('model.py', import.meta.url)), folder) as ModelReference
}

function penguin(
  island: string | null,
  culmen_length_mm: number | null,
  culmen_depth_mm: number | null,
  flipper_length_mm: number | null,
  body_mass_g: number | null,
  sex: string | null,
): ReferenceRow {
  return { island, culmen_length_mm, culmen_depth_mm, flipper_length_mm, body_mass_g, sex }
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-reference-'))
  try {
    const reference = await askMlflow(folder, await trainReferenceModels())
    await writeFile(new URL('model.json', import.meta.url), `${JSON.stringify(reference)}\n`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
