/** Gradient boosting: each tree is grown on what those before it leave of the loss. */
import { setImmediate } from 'node:timers/promises'
import { MillraceError, Random } from '../core/index.ts'
import type { Features } from './binning.ts'
import { checkBoosting } from './check-boosting.ts'
import { TreeEnsemble } from './ensemble.ts'
import { Grower, type GrowOptions } from './grower.ts'
import type { Objective } from './objectives.ts'
import { addScores, type Tree } from './tree.ts'

/** Rows and what is to be learned of each, as the objective has it. */
export interface LabeledFeatures {
  readonly features: Features
  readonly targets: Float64Array
}

export interface BoostOptions extends GrowOptions {
  readonly objective: Objective
  /** Rounds of boosting; a round has a tree for each output. */
  readonly nEstimators: number
  /** The share of rows that each round learns from, drawn anew. */
  readonly subsample: number
  /** The share of features that each tree may divide by, drawn anew. */
  readonly featureFraction: number
  readonly seed: number
  /** How much each row counts. Default: all the same. */
  readonly weights?: Float64Array | undefined
  /** Rows that are not learned from: measured after each round. */
  readonly validation?: LabeledFeatures | undefined
  /** Measures the validation rows after every so many rounds, and after the last. Default 1. */
  readonly validateEvery?: number | undefined
  /** The trees of which rounds are kept: up to the best, or all. Default 'best' with validation, else 'last'. */
  readonly keep?: 'best' | 'last' | undefined
  /** Measurements without a lower validation loss that are borne. */
  readonly patience?: number | undefined
  /** Ends the training after the round under way; what was reached is kept. */
  readonly signal?: AbortSignal | undefined
  readonly onRound?: (report: RoundReport) => void | Promise<void>
  /** Called before `onRound` after each round with a lower loss than all before, with the trees so far. */
  readonly onBest?: ((ensemble: TreeEnsemble, report: RoundReport) => void | Promise<void>) | undefined
}

export interface RoundReport {
  /** Counted from 1. */
  readonly round: number
  /** The mean loss of the training rows. */
  readonly trainLoss: number
  readonly validationLoss?: number
}

export interface BoostResult {
  readonly ensemble: TreeEnsemble
  readonly history: readonly RoundReport[]
  /** The round with the lowest validation loss, or training loss without validation; 0 when none was finished. */
  readonly bestRound: number
  readonly bestLoss: number
  readonly ended: 'finished' | 'stopped early' | 'interrupted'
}

/**
 * Boosts trees on `training`. The same seed gives the same trees.
 *
 * J. H. Friedman: Greedy Function Approximation: A Gradient Boosting Machine, Annals of Statistics 29 (2001); with second
 * derivatives as XGBoost has it, see grower.ts.
 *
 * @throws MillraceError INVALID_ARGUMENT for options that make no sense or too many rows, INVALID_DATA for targets or weights
 *   that cannot be learned from, NON_FINITE when the loss stops being a number
 * @throws ShapeError for arrays whose lengths do not go together
 */
export async function boost(training: LabeledFeatures, options: BoostOptions): Promise<BoostResult> {
  checkBoosting(training, options)
  const { nEstimators, patience, validateEvery = 1, validation, signal, onRound, onBest } = options
  const rounds = new Rounds(training, options)
  const history: RoundReport[] = []
  let [bestRound, bestLoss, sinceBest] = [0, Infinity, 0]
  let ended: BoostResult['ended'] = 'finished'
  for (let round = 1; round <= nEstimators; round++) {
    // Whoever wants to interrupt gets a turn.
    await setImmediate()
    if (signal?.aborted === true) {
      ended = 'interrupted'
      break
    }
    const losses = rounds.next(round % validateEvery === 0 || round === nEstimators)
    if (!Number.isFinite(losses.trainLoss)) throw diverged(round, losses.trainLoss, options)
    const report = { round, ...losses }
    history.push(report)
    const loss = validation === undefined ? losses.trainLoss : losses.validationLoss
    if (loss !== undefined) {
      sinceBest += 1
      if (loss < bestLoss) {
        ;[bestRound, bestLoss, sinceBest] = [round, loss, 0]
        await onBest?.(rounds.ensemble(round), report)
      }
    }
    await onRound?.(report)
    if (patience !== undefined && sinceBest >= patience) {
      ended = 'stopped early'
      break
    }
  }
  const keep = options.keep ?? (validation === undefined ? 'last' : 'best')
  // An interruption may have come before anything was measured.
  const kept = keep === 'last' || bestRound === 0 ? history.length : bestRound
  return { ensemble: rounds.ensemble(kept), history, bestRound, bestLoss, ended }
}

function diverged(round: number, loss: number, { learningRate, l2 }: BoostOptions): MillraceError {
  return new MillraceError(
    'NON_FINITE',
    `boost: after round ${round} the loss is ${loss}. Lower learningRate (${learningRate}), raise l2 (${l2}), or divide the targets by a constant.`,
  )
}

/** The state of a boosting between its rounds. */
class Rounds {
  readonly #training: LabeledFeatures
  readonly #options: BoostOptions
  readonly #random: Random
  readonly #start: readonly number[]
  readonly #grower: Grower
  readonly #everyRow: Uint32Array
  readonly #validation: { readonly scores: Float64Array; readonly scratch: Float64Array } | undefined
  readonly #trees: Tree[] = []

  constructor(training: LabeledFeatures, options: BoostOptions) {
    const { objective, validation, weights, seed } = options
    const { features, targets } = training
    this.#training = training
    this.#options = options
    this.#random = new Random(seed)
    this.#start = objective.start(targets, weights).map(Math.fround)
    this.#grower = new Grower(features, objective.outputs, options, this.#random.fork('bins'))
    this.#grower.scores.set(repeated(this.#start, features.rowCount))
    this.#everyRow = Uint32Array.from({ length: features.rowCount }, (_, row) => row)
    if (validation !== undefined) {
      const scores = repeated(this.#start, validation.features.rowCount)
      this.#validation = { scores, scratch: new Float64Array(scores.length) }
    }
    this.#derive()
  }

  /** Grows a tree for each output; returns the losses afterwards, that of validation where it is to be measured. */
  next(isMeasured: boolean): Omit<RoundReport, 'round'> {
    const { objective, subsample, validation } = this.#options
    const { features } = this.#training
    const { rowCount } = features
    const round = this.#trees.length / objective.outputs
    const rows = this.#sample('rows', round, rowCount, subsample)
    const left = rows === undefined ? undefined : others(rows, rowCount)
    for (let output = 0; output < objective.outputs; output++) {
      const tree = this.#grower.grow(output, rows ?? this.#everyRow, this.#usedFeatures(round, output))
      if (left !== undefined) {
        addScores(tree, features, this.#grower.scores.subarray(output * rowCount, (output + 1) * rowCount), left)
      }
      if (validation !== undefined) {
        const count = validation.features.rowCount
        addScores(tree, validation.features, this.#validation!.scores.subarray(output * count, (output + 1) * count))
      }
      this.#trees.push(tree)
    }
    const trainLoss = this.#derive()
    if (validation === undefined || !isMeasured) return { trainLoss }
    const { scores, scratch } = this.#validation!
    return { trainLoss, validationLoss: objective.derive(scores, validation.targets, scratch, scratch) }
  }

  ensemble(rounds: number): TreeEnsemble {
    return new TreeEnsemble(this.#start, this.#trees.slice(0, rounds * this.#options.objective.outputs))
  }

  #derive(): number {
    const { objective, weights } = this.#options
    const { scores, gradients, hessians } = this.#grower
    const loss = objective.derive(scores, this.#training.targets, gradients, hessians)
    if (weights !== undefined) {
      for (let i = 0; i < gradients.length; i++) {
        gradients[i]! *= weights[i % weights.length]!
        hessians[i]! *= weights[i % weights.length]!
      }
    }
    return loss
  }

  #usedFeatures(round: number, output: number): Uint8Array {
    const { featureCount } = this.#training.features
    const tree = round * this.#options.objective.outputs + output
    const drawn = this.#sample('features', tree, featureCount, this.#options.featureFraction)
    const used = new Uint8Array(featureCount).fill(drawn === undefined ? 1 : 0)
    for (const feature of drawn ?? []) used[feature] = 1
    return used
  }

  /** A share of the numbers below `count`, at least one, ascending; undefined for all. */
  #sample(of: string, number: number, count: number, share: number): Uint32Array | undefined {
    if (share === 1) return undefined
    const size = Math.max(1, Math.round(share * count))
    return this.#random.fork(of, number).permutation(count).slice(0, size).sort()
  }
}

function repeated(start: readonly number[], count: number): Float64Array {
  return Float64Array.from({ length: start.length * count }, (_, i) => start[Math.floor(i / count)]!)
}

function others(rows: Uint32Array, count: number): Uint32Array {
  const taken = new Uint8Array(count)
  for (const row of rows) taken[row] = 1
  return Uint32Array.from({ length: count }, (_, row) => row).filter((row) => taken[row] === 0)
}
