/** What is worth looking at after a training: curves, confusion matrix, sample predictions. */
import { imageAt, type ImageSet } from 'millrace/images'
import {
  type Component,
  type Heatmap,
  heatmap,
  image,
  type LineChart,
  lineChart,
  renderDocument,
  section,
  table,
  type XySeries,
} from 'millrace/report'
import type { ActiveRun, TrackingClient } from 'millrace/tracking'
import sharp from 'sharp'
import { actualLabels, type ImageEvaluation } from './evaluation.ts'
import { logFiles } from './log-files.ts'
import { chartPicture, type Sample, samplePicture } from './pictures.ts'

/** Logs three figures to the folder `figures` of a run, each as a page of its own and as a picture. */
export async function logFigures(
  client: TrackingClient,
  run: ActiveRun,
  set: ImageSet,
  evaluation: ImageEvaluation,
): Promise<void> {
  const curves = await trainingCurves(client, run.runId)
  const { matrix, byClass } = confusion(evaluation)
  const { right, wrong } = await samplePredictions(set, evaluation)
  const figures: Readonly<Record<string, Figure>> = {
    'Training curves': { page: curves, picture: await chartPicture(curves) },
    'Confusion matrix': { page: [matrix, byClass], picture: await chartPicture([matrix]) },
    'Sample predictions': {
      page: [section('Right', [sampleTable(right)]), section('Wrong, the most confident first', [sampleTable(wrong)])],
      picture: await samplePicture([...right, ...wrong]),
    },
  }
  const files: Record<string, string | Uint8Array> = {}
  for (const [title, { page, picture }] of Object.entries(figures)) {
    const name = title.toLowerCase().replaceAll(' ', '_')
    files[`${name}.html`] = await renderDocument({ title, subtitle: set.name, components: page })
    files[`${name}.png`] = picture
  }
  await logFiles(run, 'figures', files)
}

interface Figure {
  readonly page: readonly Component[]
  readonly picture: Uint8Array
}

async function trainingCurves(client: TrackingClient, runId: string): Promise<readonly LineChart[]> {
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

function confusion({ report: { confusion, perClass, count } }: ImageEvaluation): {
  readonly matrix: Heatmap
  readonly byClass: Component
} {
  const { classes, counts } = confusion
  return {
    matrix: heatmap(
      { rows: [...classes], columns: [...classes], values: counts },
      { title: `What ${count} images were taken for`, xLabel: 'predicted', yLabel: 'actual', width: 720 },
    ),
    byClass: table({
      columns: ['class', 'images', 'precision', 'recall', 'F1'],
      rows: perClass.map(({ label, support, precision, recall, f1 }) => [label, support, precision, recall, f1]),
    }),
  }
}

const RIGHT = 8
const WRONG = 16

interface PredictedSample extends Sample {
  readonly name: string
  readonly confidence: number
}

/** The first images that were classified rightly, and those that were taken for something else with most confidence. */
async function samplePredictions(
  set: ImageSet,
  { prediction }: ImageEvaluation,
): Promise<Readonly<Record<'right' | 'wrong', readonly PredictedSample[]>>> {
  const { labels, classes, probabilities } = prediction
  const actual = actualLabels(set)
  const confidenceOf = (i: number): number => probabilities[i * classes.length + classes.indexOf(labels[i]!)]!
  const all = Array.from({ length: set.count }, (_, i) => i)
  const right = all.filter((i) => labels[i] === actual[i]).slice(0, RIGHT)
  const wrong = all
    .filter((i) => labels[i] !== actual[i])
    .toSorted((a, b) => confidenceOf(b) - confidenceOf(a))
    .slice(0, WRONG)
  const sampleAt = async (i: number): Promise<PredictedSample> => ({
    name: `image ${i} of ${set.name}`,
    png: await enlarged(set, i),
    answer: labels[i]!,
    actual: actual[i]!,
    confidence: confidenceOf(i),
  })
  return { right: await Promise.all(right.map(sampleAt)), wrong: await Promise.all(wrong.map(sampleAt)) }
}

function sampleTable(samples: readonly PredictedSample[]): Component {
  return table({
    columns: ['image', 'answer', 'confidence', 'truth'],
    rows: samples.map(({ name, png, answer, confidence, actual }) => [image(png, name), answer, confidence, actual]),
  })
}

/** One image as a PNG, four times as large. */
async function enlarged(set: ImageSet, index: number): Promise<Uint8Array> {
  const { data, width, height, channels } = await imageAt(set, index)
  return await sharp(data, { raw: { width, height, channels } })
    .resize(width * 4, height * 4, { kernel: 'nearest' })
    .png()
    .toBuffer()
}
