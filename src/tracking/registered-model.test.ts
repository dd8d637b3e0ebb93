/** MLflow loads what was trained, gated and registered here, by the URI of the registry. Needs a Python with mlflow. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { penguinsModel, readPenguins } from '../../test/penguins.ts'
import { pythonHas, runPython } from '../../test/python.ts'
import { referenceRows } from '../../test/reference/model.ts'
import { Table } from '../data/index.ts'
import { models } from '../model/index.ts'
import { openTracking, resolveModelUri, trainAndRegister } from './index.ts'

const script = fileURLToPath(new URL('../../test/reference/tracking_model.py', import.meta.url))

describe.skipIf(!pythonHas('mlflow') || !pythonHas('onnxruntime'))(
  'MLflow itself (skipped without a Python that has mlflow and onnxruntime; set MILLRACE_PYTHON)',
  () => {
    it('loads a registered model by its alias and answers as we do', { timeout: 180_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-registered-'))
      const uri = 'models:/penguins@champion'
      try {
        const file = join(folder, 'mlflow.db')
        await using client = await openTracking({ trackingUri: file })
        const { runId } = await trainAndRegister(client, {
          experiment: 'penguins',
          model: penguinsModel(),
          table: await readPenguins(),
          target: 'species',
          folds: [],
          register: { name: 'penguins', aliases: ['champion'] },
        })
        await using model = await models.load((await resolveModelUri(client, uri)).path!)
        const ours = await model.predict(Table.fromRecords(referenceRows))
        if (ours.task !== 'classification') throw new Error('The penguins model is a classifier.')

        const theirs = runPython(folder, script, file, uri, JSON.stringify(referenceRows)) as {
          readonly run: string
          readonly labels: readonly string[]
          readonly numbers: readonly (readonly number[])[]
        }
        expect([theirs.run, theirs.labels]).toEqual([runId, ours.labels])
        for (const [i, value] of theirs.numbers.flat().entries()) expect(value).toBeCloseTo(ours.probabilities[i]!, 6)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
)
