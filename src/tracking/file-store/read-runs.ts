/** Runs and logged models of an experiment in a file store, as plain data. */
import { join } from 'node:path'
import type { z } from 'zod'
import { type DatasetInput, type Metric, type ModelMetric, type ModelOutput, type TextMap } from '../entities.ts'
import { badFile, foldersIn, readMeta, readTexts } from './files.ts'
import { datasetMeta, linkMeta, loggedModelMeta, runMeta } from './meta.ts'
import { modelPoints, runPoints } from './metric-lines.ts'

/** Folders of an experiment that are no runs. */
const notRuns: ReadonlySet<string> = new Set(['tags', 'datasets', 'traces', 'models'])

export interface StoredRun {
  readonly meta: z.output<typeof runMeta>
  readonly metrics: readonly Metric[]
  readonly params: TextMap
  readonly tags: TextMap
  readonly datasets: readonly DatasetInput[]
  readonly modelInputs: readonly ModelOutput[]
  readonly modelOutputs: readonly ModelOutput[]
}

export interface StoredModel {
  readonly meta: z.output<typeof loggedModelMeta>
  readonly params: TextMap
  readonly tags: TextMap
  readonly metrics: readonly ModelMetric[]
}

/** The ids of the runs in the folder of an experiment. */
export async function runIdsIn(experiment: string): Promise<readonly string[]> {
  return (await foldersIn(experiment)).filter((name) => !notRuns.has(name))
}

/** @throws MillraceError STORE_CORRUPT naming the file that is not what it should be */
export async function readRun(experiment: string, runId: string): Promise<StoredRun> {
  const folder = join(experiment, runId)
  const inputs = await readLinks(join(folder, 'inputs'))
  return {
    meta: await readMeta(folder, runMeta),
    metrics: await readPoints(join(folder, 'metrics'), runPoints),
    params: await readTexts(join(folder, 'params')),
    tags: await readTexts(join(folder, 'tags')),
    datasets: await Promise.all(
      inputs
        .filter((link) => link.source_type === 'DATASET')
        .map(async ({ source_id, tags }) => ({ dataset: await readDataset(experiment, source_id), tags: tags ?? {} })),
    ),
    modelInputs: inputs.filter((link) => link.source_type !== 'DATASET').map(modelOf),
    modelOutputs: (await readLinks(join(folder, 'outputs'))).map(modelOf),
  }
}

/** @throws MillraceError STORE_CORRUPT naming the file that is not what it should be */
export async function readLoggedModel(folder: string): Promise<StoredModel> {
  return {
    meta: await readMeta(folder, loggedModelMeta),
    params: await readTexts(join(folder, 'params')),
    tags: await readTexts(join(folder, 'tags')),
    metrics: await readPoints(join(folder, 'metrics'), modelPoints),
  }
}

type Link = z.output<typeof linkMeta>

async function readLinks(folder: string): Promise<readonly Link[]> {
  const names = await foldersIn(folder)
  return await Promise.all(names.map(async (name) => await readMeta(join(folder, name), linkMeta)))
}

function modelOf({ destination_id: modelId, step }: Link): ModelOutput {
  return { modelId, step: step ?? 0 }
}

async function readDataset(experiment: string, id: string): Promise<DatasetInput['dataset']> {
  const {
    source_type: sourceType,
    schema,
    profile,
    ...dataset
  } = await readMeta(join(experiment, 'datasets', id), datasetMeta)
  return {
    ...dataset,
    sourceType,
    ...(typeof schema === 'string' && { schema }),
    ...(typeof profile === 'string' && { profile }),
  }
}

async function readPoints<T>(
  folder: string,
  parse: (path: string, key: string, text: string) => readonly T[],
): Promise<readonly T[]> {
  const texts = await readTexts(folder)
  return Object.entries(texts).flatMap(([key, text]) => {
    const points = parse(join(folder, key), key, text)
    if (points.length === 0) throw badFile(join(folder, key), 'it is a metric without a point')
    return points
  })
}
