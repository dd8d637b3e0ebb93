/** What is worth looking at after a training: curves, confusion matrix, sample predictions. */
import { imageAt, type ImageSet } from 'millrace/images'
import {
  type Component,
  heatmap,
  image,
  lineChart,
  renderDocument,
  section,
  table,
  type XySeries,
} from 'millrace/report'
import type { ActiveRun, TrackingClient } from 'millrace/tracking'
import sharp from 'sharp'
import { actualLabels, type ImageEvaluation } from './evaluation.ts'

/** Logs the three figures as pages of their own, and the samples as a picture too. */
export async function logFigures(
  client: TrackingClient,
  run: ActiveRun,
  set: ImageSet,
  evaluation: ImageEvaluation,
): Promise<void> {
  const pages: Readonly<Record<string, readonly Component[]>> = {
    'Training curves': await trainingCurves(client, run.runId),
    'Confusion matrix': confusionMatrix(evaluation),
    'Sample predictions': await samplePredictions(set, evaluation),
  }
  for (const [title, components] of Object.entries(pages)) {
    const file = `figures/${title.toLowerCase().replaceAll(' ', '_')}.html`
    await run.logText(await renderDocument({ title, subtitle: set.name, components }), file)
  }
}

async function trainingCurves(client: TrackingClient, runId: string): Promise<readonly Component[]> {
  const series = async (name: string, key: string): Promise<XySeries> => {
    const { items } = await client.getMetricHistory(runId, key)
    return { name, x: items.map(({ step }) => step), y: items.map(({ value }) => value) }
  }
  const loss = [await series('training', 'train_loss'), await series('validation', 'val_loss')]
  return [
    lineChart(loss, { title: 'Loss', xLabel: 'epoch', yLabel: 'cross-entropy, nats' }),
    lineChart([await series('validation', 'accuracy')], {
      title: 'Accuracy on validation images',
      xLabel: 'epoch',
      yLabel: 'share of images',
    }),
  ]
}

function confusionMatrix({ report: { confusion, perClass, count } }: ImageEvaluation): readonly Component[] {
  const { classes, counts } = confusion
  return [
    heatmap(
      { rows: [...classes], columns: [...classes], values: counts },
      { title: `What ${count} images were taken for`, xLabel: 'predicted', yLabel: 'actual', width: 720 },
    ),
    table({
      columns: ['class', 'images', 'precision', 'recall', 'F1'],
      rows: perClass.map(({ label, support, precision, recall, f1 }) => [label, support, precision, recall, f1]),
    }),
  ]
}

const RIGHT = 8
const WRONG = 16

/** The first images that were classified rightly, and those that were taken for something else with most confidence. */
async function samplePredictions(set: ImageSet, { prediction }: ImageEvaluation): Promise<readonly Component[]> {
  const { labels, classes, probabilities } = prediction
  const actual = actualLabels(set)
  const confidenceOf = (i: number): number => probabilities[i * classes.length + classes.indexOf(labels[i]!)]!
  const all = Array.from({ length: set.count }, (_, i) => i)
  const right = all.filter((i) => labels[i] === actual[i]).slice(0, RIGHT)
  const wrong = all
    .filter((i) => labels[i] !== actual[i])
    .toSorted((a, b) => confidenceOf(b) - confidenceOf(a))
    .slice(0, WRONG)
  const rows = async (indices: readonly number[]): Promise<Component> =>
    table({
      columns: ['image', 'answer', 'confidence', 'truth'],
      rows: await Promise.all(
        indices.map(async (i) => [
          image(await enlarged(set, i), `image ${i} of ${set.name}`),
          labels[i]!,
          confidenceOf(i),
          actual[i]!,
        ]),
      ),
    })
  return [section('Right', [await rows(right)]), section('Wrong, the most confident first', [await rows(wrong)])]
}

/** One image as a PNG, four times as large. */
async function enlarged(set: ImageSet, index: number): Promise<Uint8Array> {
  const { data, width, height, channels } = await imageAt(set, index)
  return await sharp(data, { raw: { width, height, channels } })
    .resize(width * 4, height * 4, { kernel: 'nearest' })
    .png()
    .toBuffer()
}
