/**
 * Boosted trees beside LightGBM, XGBoost and scikit-learn: 100 rounds with at most 31 leaves a tree, from features in memory
 * to the ensemble, on the same rows with the same settings. One thread each, and two for the peers beside our one.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from 'millrace/core'
import { rocAuc } from 'millrace/metrics'
import { boost, logistic, type LabeledFeatures } from 'millrace/trees'
import { z } from 'zod'
import { type Comparison, measurePairs } from './pairs.ts'
import { PythonPeer, pythonWith, scriptPath } from './processes.ts'

const ROUNDS = 7
const FOLDER = scriptPath('.data')
/** How much less than the peer's the area under the curve of held-out rows may be. */
const AUC_SLACK = 0.005

interface TreesCase {
  readonly rows: number
  readonly features: number
  readonly library: 'lightgbm' | 'xgboost' | 'sklearn'
  readonly threads: number
}

const cases: readonly TreesCase[] = [
  { rows: 80_000, features: 28, library: 'lightgbm', threads: 1 },
  { rows: 80_000, features: 28, library: 'xgboost', threads: 1 },
  { rows: 80_000, features: 28, library: 'sklearn', threads: 1 },
  { rows: 80_000, features: 28, library: 'lightgbm', threads: 2 },
  { rows: 1000, features: 10, library: 'lightgbm', threads: 1 },
  { rows: 1000, features: 10, library: 'sklearn', threads: 1 },
]

const answerSchema = z.object({ seconds: z.number(), auc: z.number(), version: z.string() })

/** @throws PeerMissing when the Python interpreter lacks one of the peers */
export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['lightgbm', 'xgboost', 'sklearn'])
  using peer = new PythonPeer(python, 'trees_peers.py')
  const found: Comparison[] = []
  for (const it of cases) found.push(await compareCase(peer, it))
  return found
}

async function compareCase(peer: PythonPeer, it: TreesCase): Promise<Comparison> {
  const { rows, features, library, threads } = it
  const data = makeData(rows, features)
  const last = { ours: 0, theirs: 0, version: '' }
  const train = async (): Promise<number> => {
    const { seconds, auc } = await trainOurs(data)
    last.ours = auc
    return seconds
  }
  const trainPeer = async (): Promise<number> => {
    const answer = await peer.ask({ folder: data.folder, rows, features, library, threads }, answerSchema)
    ;[last.theirs, last.version] = [answer.auc, answer.version]
    return answer.seconds
  }
  await train()
  await trainPeer()
  const { ours, theirs, ratio } = await measurePairs(ROUNDS, train, trainPeer)
  if (!(last.ours > last.theirs - AUC_SLACK))
    throw new Error(`Our trees reach an AUC of ${last.ours}, not ${last.theirs}.`)
  return {
    what: `boosted trees, ${rows.toLocaleString('en')} × ${features}, 100 rounds`,
    millrace: `${seconds(ours)}, AUC ${last.ours.toFixed(3)}`,
    peer: `${last.version}, ${threads} thread${threads === 1 ? '' : 's'}: ${seconds(theirs)}, AUC ${last.theirs.toFixed(3)}`,
    ratio: `${(1 / ratio).toFixed(2)} × as fast`,
    goal: '≥ 1 ×',
    met: ratio <= 1,
  }
}

function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`
}

interface TreesData {
  readonly folder: string
  readonly training: LabeledFeatures
  /** A fifth as many rows again, to judge by. */
  readonly test: LabeledFeatures
}

/** Normal features; six of them say, with noise, which of two classes a row is of. Also written to files for the peer. */
function makeData(rows: number, features: number): TreesData {
  const folder = join(FOLDER, `trees-${rows}-${features}`)
  const random = new Random(5)
  const count = rows * 1.2
  const data = Float32Array.from({ length: count * features }, () => random.normal())
  const targets = Float64Array.from({ length: count }, (_, row) => {
    const [a, b, c, d, e, f] = data.subarray(row * features, row * features + 6) as unknown as number[]
    const signal = 1.5 * a! + Math.sin(2 * b!) + c! * d! + 0.5 * Number(e! > 0.3) + 0.4 * f! * f!
    return Number(signal + random.normal() > 0.4)
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'features.f32'), data)
  writeFileSync(join(folder, 'targets.f64'), targets)
  const part = (from: number, to: number): LabeledFeatures => ({
    features: { data: data.subarray(from * features, to * features), rowCount: to - from, featureCount: features },
    targets: targets.subarray(from, to),
  })
  return { folder, training: part(0, rows), test: part(rows, count) }
}

async function trainOurs({ training, test }: TreesData): Promise<{ seconds: number; auc: number }> {
  const started = performance.now()
  const { ensemble } = await boost(training, {
    objective: logistic,
    nEstimators: 100,
    learningRate: 0.1,
    maxLeaves: 31,
    minChildWeight: 1,
    l2: 1,
    maxBins: 255,
    subsample: 1,
    featureFraction: 1,
    seed: 1,
  })
  const seconds = (performance.now() - started) / 1000
  return { seconds, auc: rocAuc([...test.targets], ensemble.scores(test.features), { positive: 1 }) }
}
