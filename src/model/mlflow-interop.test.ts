/** MLflow opens model folders and answers as Millrace does: as recorded, and live where there is a Python that has it. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonHas } from '../../test/python.ts'
import {
  askMlflow,
  type MlflowAnswers,
  type ModelReference,
  referenceRows,
  trainReferenceModels,
} from '../../test/reference/model.ts'
import { Table } from '../data/index.ts'
import type { ModelPackage } from './index.ts'

const file = new URL('../../test/reference/model.json', import.meta.url)
const recorded = JSON.parse(readFileSync(file, 'utf8')) as ModelReference
const forms = [
  'frame',
  'frame of objects',
  'nullable frame',
  'plain frame, last row first',
  'dict of arrays',
  'onnx',
  'example',
]

let trained: { classifier: ModelPackage; regressor: ModelPackage }

beforeAll(async () => {
  trained = await trainReferenceModels()
})

afterAll(async () => {
  await trained.classifier[Symbol.asyncDispose]()
  await trained.regressor[Symbol.asyncDispose]()
})

/** Compares to 1e-6 of the largest number: runtimes of other versions sum in another order. */
async function expectSame(model: ModelPackage, answers: MlflowAnswers): Promise<void> {
  expect(Object.keys(answers)).toEqual(forms)
  const { columns, data } = model.content.example
  const example = data.map((values) => Object.fromEntries(values.map((value, i) => [columns[i]!, value])))
  for (const [form, answer] of Object.entries(answers)) {
    const prediction = await model.predict(Table.fromRecords(form === 'example' ? example : referenceRows))
    const ours = prediction.task === 'classification' ? prediction.probabilities : prediction.values
    if (prediction.task === 'classification') expect(answer.labels, form).toEqual(prediction.labels)
    expect(answer.values, form).toHaveLength(ours.length)
    const tolerance = 1e-6 * Math.max(1, ...answer.values.map(Math.abs))
    for (const [i, value] of answer.values.entries()) {
      expect(Math.abs(value - ours[i]!), `${form}, number ${i}`).toBeLessThan(tolerance)
    }
  }
}

describe(`MLflow ${recorded.versions['mlflow']}, as recorded`, () => {
  it('answers as we do for classes, gaps and unknown values included', async () => {
    await expectSame(trained.classifier, recorded.classifier)
  })

  it('answers as we do for numbers', async () => {
    await expectSame(trained.regressor, recorded.regressor)
  })
})

describe.skipIf(!pythonHas('mlflow') || !pythonHas('onnxruntime'))(
  'MLflow itself (skipped without a Python that has mlflow and onnxruntime; set MILLRACE_PYTHON)',
  () => {
    it('opens our folders by pyfunc and onnx, and answers as we do', { timeout: 180_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-mlflow-'))
      try {
        const live = await askMlflow(folder, trained)
        await expectSame(trained.classifier, live.classifier)
        await expectSame(trained.regressor, live.regressor)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
)
