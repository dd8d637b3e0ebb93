/**
 * Classifying one image of 28×28 grey pixels, as whole servers in processes of their own: `millrace serve` beside FastAPI
 * with PyTorch's eager mode, of networks of the same size, under the same load, as JSON and as a PNG file.
 */
import { mkdir, rm } from 'node:fs/promises'
import sharp from 'sharp'
import { z } from 'zod'
import { imageClassifier, type ImageTrainingOptions } from 'millrace/model'
import { compareLoads } from './compare-loads.ts'
import type { Comparison } from './pairs.ts'
import { pythonWith, scriptPath } from './processes.ts'
import { type Body, load, type Load, type RunningServer, startServer, startServing } from './servers.ts'
import { randomImages, smallCnn } from './small-cnn.ts'

const ROUNDS = 3
const SECONDS = 2
const CONNECTIONS = [1, 8, 32] as const
const GOAL = 5
const FOLDER = scriptPath('.data/serve-images')

interface Servers {
  readonly millrace: RunningServer
  readonly torch: RunningServer
}

interface Round {
  readonly millrace: Load
  readonly torch: Load
  /** Images of one run of the model, on average. */
  readonly batch: number
}

/** @throws PeerMissing when the Python interpreter lacks one of the peer's packages */
export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['torch', 'fastapi', 'uvicorn', 'PIL', 'numpy'])
  await using millrace = await startServing([await savedModel()], 5621)
  await using torch = await startServer(python, [scriptPath('serve_images_torch.py'), '5622'], 5622)
  const servers = { millrace, torch }
  const comparisons: Comparison[] = []
  for (const [form, body] of Object.entries(await bodies())) {
    for (const { url } of Object.values(servers)) await load(url, 8, 1, body) // warms it
    for (const connections of CONNECTIONS) comparisons.push(await compareForm(servers, form, body, connections))
  }
  return comparisons
}

const training: ImageTrainingOptions = {
  preprocessing: { channels: 1, normalize: { mean: [0.286], std: [0.353] } },
  epochs: 1,
}

/** The folder of a model that has been trained for one step: how good it is does not matter to its speed. */
async function savedModel(): Promise<string> {
  await rm(FOLDER, { recursive: true, force: true })
  await mkdir(FOLDER, { recursive: true })
  const classifier = imageClassifier({ kind: 'small-cnn', options: z.strictObject({}), build: smallCnn })
  const { model } = await classifier.create({ training }).train(randomImages(64))
  await using _ = model
  return await model.save(`${FOLDER}/model`)
}

/** The same image in both forms: a shaded disc on black. */
async function bodies(): Promise<Readonly<Record<string, Body>>> {
  const rows = Array.from({ length: 28 }, (_, y) => Array.from({ length: 28 }, (__, x) => shade(x, y)))
  const pixels = Uint8Array.from(rows.flat())
  const png = await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toBuffer()
  const numbers = rows.map((row) => row.map((value) => value / 255))
  return {
    'JSON numbers': { type: 'application/json', content: JSON.stringify({ inputs: [numbers] }) },
    PNG: { type: 'image/png', content: png },
  }
}

function shade(x: number, y: number): number {
  return Math.hypot(x - 13.5, y - 13.5) > 11 ? 0 : 120 + ((x * 31 + y * 17 + x * y) % 97)
}

async function compareForm(servers: Servers, form: string, body: Body, connections: number): Promise<Comparison> {
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(servers, connections, body))
  const batch = rounds.reduce((sum, each) => sum + each.batch, 0) / ROUNDS
  // One connection does not keep a server busy.
  const goal = connections === 1 ? undefined : GOAL
  const loads = rounds.map(({ millrace, torch }) => [millrace, torch] as const)
  const what = `one 28×28 image as ${form}`
  const compared = compareLoads(loads, { what, peer: 'FastAPI + PyTorch', connections, goal })
  return { ...compared, millrace: `${compared.millrace}; mean batch ${batch.toFixed(1)}` }
}

async function measureRound({ millrace, torch }: Servers, connections: number, body: Body): Promise<Round> {
  const before = await runsOf(millrace)
  const ours = await load(millrace.url, connections, SECONDS, body)
  const after = await runsOf(millrace)
  const batch = (after.rows - before.rows) / (after.runs - before.runs)
  return { millrace: ours, torch: await load(torch.url, connections, SECONDS, body), batch }
}

/** How often the model has run so far, and with how many images. */
async function runsOf({ url }: RunningServer): Promise<{ readonly runs: number; readonly rows: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const read = (name: string): number => Number(new RegExp(`^millrace_run_rows_${name} (\\S+)$`, 'm').exec(text)?.[1])
  return { runs: read('count'), rows: read('sum') }
}
