/** Training: epochs over a dataset, validation, checkpoints, early stopping. The same seed gives the same bytes. */
import { join } from 'node:path'
import { type MillraceError, observableTraining, Random, type TrainingLog, trainingObserver } from '../core/index.ts'
import { formatShape } from '../tensor/index.ts'
import { checkTarget, checkWeights } from './check-step.ts'
import {
  type Checkpoint,
  loadCheckpoint,
  missingBest,
  restoreSlots,
  saveCheckpoint,
  type TrainingState,
} from './checkpoint.ts'
import { type Dataset, type DatasetReader, openReader } from './dataset.ts'
import { explainNonFinite } from './diagnosis.ts'
import { flatten } from './flat-state.ts'
import { mixBatch } from './mixing.ts'
import type { Module, StateDict } from './module.ts'
import { clipByNorm } from './optimizers.ts'
import { compileProgram, type Program, type ProgramInputs } from './program.ts'
import { saveSafetensors } from './safetensors.ts'
import { constantSchedule, type Schedule } from './schedules.ts'
import { groupStretches } from './stretches.ts'
import { allocateVectors } from './vector-loop.ts'
import {
  checkOptions,
  describeTraining,
  type EpochReport,
  fingerprintOf,
  metricsOf,
  type TrainingResult,
  type TrainOptions,
} from './train-options.ts'

/**
 * Trains `module` on `dataset`. Parameters that hold no numbers yet are initialised from the seed first.
 *
 * A training that was interrupted and resumed ends with the same bytes as one that was not. Training inside
 * `observeTraining` is reported there.
 *
 * @throws MillraceError INVALID_ARGUMENT for options that make no sense, INVALID_MODEL for a checkpoint of another training
 * @throws MillraceError NON_FINITE when the loss stops being a number; the message names the step and the layer
 * @throws ShapeError when the data do not fit the module, naming the layer
 * @throws DataError for a target the loss cannot take, such as a label that is no class; it names the row
 */
export async function train(module: Module, dataset: Dataset, options: TrainOptions): Promise<TrainingResult> {
  checkOptions(module, dataset, options)
  module.initialize(options.seed ?? 0)
  return await observableTraining(async () => {
    const training = new Training(module, dataset, options)
    try {
      await reportDataset(dataset, 'training')
      if (options.validation !== undefined) await reportDataset(options.validation, 'validation')
      const log = await trainingObserver()?.started(describeTraining(module, dataset, options))
      const result = await training.run(log)
      const { bestEpoch, bestLoss, ended } = result
      await log?.ended({ ended, best_epoch: bestEpoch, best_loss: bestLoss })
      await log?.weightsTrained({ save: (folder) => saveWeights(module, folder) })
      return result
    } finally {
      await training.dispose()
    }
  })
}

async function reportDataset(dataset: Dataset, context: 'training' | 'validation'): Promise<void> {
  const observer = trainingObserver()
  const digest = observer === undefined ? undefined : await dataset.digest?.()
  if (digest === undefined) return
  const fields = [
    ...dataset.inputs.map((field, i) => ({ name: `input_${i}`, field })),
    { name: 'target', field: dataset.target },
  ]
  const columns = fields.map(({ name, field: { dtype, shape } }) => ({ name, type: `${dtype}${formatShape(shape)}` }))
  await observer?.datasetUsed({
    ...(dataset.origin ?? { name: 'dataset', source: 'memory' }),
    digest,
    columns,
    rowCount: dataset.rowCount,
    context,
  })
}

async function saveWeights(module: Module, folder: string): Promise<string> {
  await saveSafetensors(join(folder, 'model.safetensors'), { tensors: module.stateDict(), metadata: { format: 'pt' } })
  return folder
}

class Training {
  readonly #module: Module
  readonly #dataset: Dataset
  readonly #options: TrainOptions
  readonly #batchSize: number
  readonly #schedule: Schedule
  readonly #fingerprint: Checkpoint['fingerprint']
  readonly #random: Random
  readonly #inputs: ProgramInputs
  readonly #slots: readonly Float32Array[]
  readonly #stretches: ReturnType<typeof groupStretches>
  readonly #programs = new Map<string, Promise<Program>>()
  readonly #reader: DatasetReader
  readonly #validationReader: DatasetReader | undefined
  #state: TrainingState = {
    step: 0,
    epoch: 0,
    stepInEpoch: 0,
    lossSum: 0,
    metricSums: {},
    history: [],
    bestEpoch: 0,
    bestLoss: Infinity,
  }
  #best: StateDict | undefined
  #log: TrainingLog | undefined

  constructor(module: Module, dataset: Dataset, options: TrainOptions) {
    const { loss, optimizer, batchSize = 32, metrics = {}, threads = 1 } = options
    this.#module = module
    this.#dataset = dataset
    this.#options = options
    this.#batchSize = Math.min(batchSize, dataset.rowCount)
    this.#schedule = options.schedule ?? constantSchedule()
    this.#fingerprint = fingerprintOf(dataset, options, { batchSize: this.#batchSize, schedule: this.#schedule })
    this.#random = new Random(options.seed ?? 0)
    const vectors = allocateVectors(2 + optimizer.slotCount, module.parameterCount())
    const [weights, gradients, ...slots] = vectors as [Float32Array, Float32Array, ...Float32Array[]]
    const parameters = flatten(module.namedParameters(), weights)
    const buffers = flatten(module.namedBuffers())
    this.#inputs = {
      module,
      loss,
      metrics,
      dataset,
      parameters,
      gradients,
      buffers,
      threads,
      mixed: options.mixing !== undefined,
    }
    this.#slots = slots
    this.#stretches = groupStretches(parameters.slots, optimizer)
    this.#reader = openReader(dataset)
    this.#validationReader = options.validation === undefined ? undefined : openReader(options.validation)
  }

  async run(log: TrainingLog | undefined): Promise<TrainingResult> {
    this.#log = log
    if (this.#options.resume === true) await this.#resume()
    let ended: TrainingResult['ended'] = 'finished'
    while (this.#state.epoch < this.#options.epochs) {
      if (this.#hasStalled()) {
        ended = 'stopped early'
        break
      }
      if (!(await this.#runEpoch())) {
        ended = 'interrupted'
        break
      }
    }
    if (this.#keepBest() && this.#best !== undefined) this.#module.loadStateDict(this.#best)
    const { history, bestEpoch, bestLoss, step } = this.#state
    return { history, bestEpoch, bestLoss, steps: step, ended }
  }

  async dispose(): Promise<void> {
    // Away from the optimiser's memory, which would live as long as the weights.
    flatten(this.#module.namedParameters())
    const programs = await Promise.allSettled(this.#programs.values())
    for (const program of programs) if (program.status === 'fulfilled') await program.value.dispose()
    await this.#reader[Symbol.asyncDispose]()
    await this.#validationReader?.[Symbol.asyncDispose]()
  }

  /** One epoch, or the rest of one; false when it was interrupted. */
  async #runEpoch(): Promise<boolean> {
    const { signal, shuffle = true, dropLast = false } = this.#options
    const { rowCount } = this.#dataset
    const state = this.#state
    const order = shuffle ? this.#random.fork('shuffle', state.epoch).permutation(rowCount) : everyRow(rowCount)
    const stepCount = this.#stepsPerEpoch()
    const started = performance.now()
    const firstRow = state.stepInEpoch * this.#batchSize
    const batches = inBatches(order, this.#batchSize).slice(state.stepInEpoch, stepCount)
    this.#reader.begin({ epoch: state.epoch, batches })
    for (const rows of batches) {
      if (signal?.aborted === true) {
        await this.#save('last')
        return false
      }
      await this.#runStep(rows)
    }
    const rowsDone = dropLast ? stepCount * this.#batchSize : rowCount
    await this.#endEpoch(rowsDone, ((rowsDone - firstRow) / (performance.now() - started)) * 1000)
    return true
  }

  async #runStep(rows: Uint32Array): Promise<void> {
    const state = this.#state
    const program = await this.#program('training', rows.length)
    await this.#reader.fill(rows, program.batch)
    checkTarget(this.#options.loss, program, rows, 'the training data')
    const { mixing } = this.#options
    if (mixing !== undefined) mixBatch(mixing, program, this.#dataset.inputs, this.#random.fork('mixing', state.step))
    program.noise.forEach((noise, i) => this.#random.fork('noise', state.step, i).fillUniform(noise))
    await program.run()

    const loss = program.loss[0]!
    if (!Number.isFinite(loss)) throw await this.#explain(program, `step ${state.step + 1}`, loss)
    const { parameters, gradients } = this.#inputs
    if (this.#options.clipNorm !== undefined) clipByNorm(gradients, this.#options.clipNorm)
    const factor = this.#rateFactor()
    const vectors = { weights: parameters.data, gradients, slots: this.#slots }
    for (const { update, stretches } of this.#stretches) {
      for (const stretch of stretches) update(vectors, stretch, state.step + 1, factor)
    }
    if (program.nextBuffers.length > 0) this.#inputs.buffers.data.set(program.nextBuffers)

    state.step += 1
    state.stepInEpoch += 1
    state.lossSum += loss * rows.length
    addMetrics(state.metricSums, program, rows.length)
    const { onStep, epochs } = this.#options
    const [epoch, stepsPerEpoch] = [state.epoch + 1, this.#stepsPerEpoch()]
    onStep?.({ step: state.step, rows: rows.length, epoch, epochs, stepsPerEpoch, loss })
  }

  async #endEpoch(rowsDone: number, rowsPerSecond: number): Promise<void> {
    const state = this.#state
    const rateFactor = this.#rateFactor(state.step - 1)
    checkWeights(this.#inputs.parameters, `step ${state.step} of epoch ${state.epoch + 1}`)
    const { validation, validateEvery = 1, epochs } = this.#options
    const isMeasured = (state.epoch + 1) % validateEvery === 0 || state.epoch + 1 === epochs
    const measured = isMeasured ? await this.#validate() : undefined
    const trainLoss = state.lossSum / rowsDone
    const report: EpochReport = {
      epoch: state.epoch + 1,
      epochs,
      trainLoss,
      ...(measured === undefined ? {} : { validationLoss: measured.loss }),
      metrics: measured?.metrics ?? (validation === undefined ? shares(state.metricSums, rowsDone) : {}),
      rateFactor,
      rowsPerSecond,
    }
    Object.assign(state, { epoch: state.epoch + 1, stepInEpoch: 0, lossSum: 0, metricSums: {} })
    state.history.push(report)
    const loss = validation === undefined ? trainLoss : measured?.loss
    const improved = loss !== undefined && this.#noteBest(loss)
    await this.#save('last')
    if (improved) await this.#save('best')
    await this.#log?.epochEnded(metricsOf(report), report.epoch)
    if (improved) await this.#options.onBest?.(report)
    await this.#options.onEpoch?.(report)
  }

  async #validate(): Promise<{ loss: number; metrics: Record<string, number> } | undefined> {
    const { validation } = this.#options
    const reader = this.#validationReader
    if (validation === undefined || reader === undefined) return undefined
    const sums: Record<string, number> = {}
    let lossSum = 0
    // Larger batches than in training: nothing is kept for a backward pass.
    const batches = inBatches(everyRow(validation.rowCount), Math.max(this.#batchSize, 256))
    // The same rows each time, whatever is random in them.
    reader.begin({ epoch: 0, batches })
    for (const rows of batches) {
      const program = await this.#program('evaluation', rows.length)
      await reader.fill(rows, program.batch)
      checkTarget(this.#options.loss, program, rows, 'the validation data')
      await program.run()
      const loss = program.loss[0]!
      if (!Number.isFinite(loss)) throw await this.#explain(program, 'validation', loss)
      lossSum += loss * rows.length
      addMetrics(sums, program, rows.length)
    }
    return { loss: lossSum / validation.rowCount, metrics: shares(sums, validation.rowCount) }
  }

  /** Whether the epoch that just ended is the best so far. */
  #noteBest(loss: number): boolean {
    const state = this.#state
    if (!(loss < state.bestLoss - (this.#options.earlyStopping?.minDelta ?? 0))) return false
    state.bestLoss = loss
    state.bestEpoch = state.epoch
    if (this.#keepBest()) this.#best = this.#module.stateDict()
    return true
  }

  async #save(name: 'last' | 'best'): Promise<void> {
    const { checkpoints: folder } = this.#options
    if (folder !== undefined) await saveCheckpoint(folder, name, this.#checkpoint())
  }

  async #resume(): Promise<void> {
    const { checkpoints: folder } = this.#options
    if (folder === undefined) return
    const last = await loadCheckpoint(folder, 'last', this.#fingerprint)
    if (last === undefined) return
    this.#module.loadStateDict(last.model)
    restoreSlots(this.#slots, last, folder)
    this.#state = last.state
    const { epoch, stepInEpoch, bestEpoch } = last.state
    if (bestEpoch === 0) return
    if (bestEpoch === epoch && stepInEpoch === 0) {
      // The process may have been killed after writing the last and before writing the best, which are the same here.
      this.#best = last.model
      await this.#save('best')
    } else if (this.#keepBest()) {
      this.#best = (await loadCheckpoint(folder, 'best', this.#fingerprint))?.model
      if (this.#best === undefined) throw missingBest(folder)
    }
  }

  #checkpoint(): Checkpoint {
    return { model: this.#module.stateDict(), slots: this.#slots, state: this.#state, fingerprint: this.#fingerprint }
  }

  #explain(program: Program, place: string, loss: number): Promise<MillraceError> {
    return explainNonFinite(program, this.#inputs, `${place} of epoch ${this.#state.epoch + 1}`, loss)
  }

  #program(mode: 'training' | 'evaluation', rows: number): Promise<Program> {
    const key = `${mode} ${rows}`
    let program = this.#programs.get(key)
    if (program === undefined) {
      program = compileProgram(this.#inputs, rows, mode)
      this.#programs.set(key, program)
    }
    return program
  }

  #rateFactor(step = this.#state.step): number {
    const { epoch } = this.#state
    const measured = (): readonly EpochReport[] => this.#measured()
    return this.#schedule.factor({
      step,
      epoch,
      stepsPerEpoch: this.#stepsPerEpoch(),
      epochs: this.#options.epochs,
      // Asked for at each step, and most schedules do not look at it.
      get losses() {
        return measured().map(({ trainLoss, validationLoss }) => validationLoss ?? trainLoss)
      },
    })
  }

  #stepsPerEpoch(): number {
    const batches = this.#dataset.rowCount / this.#batchSize
    return this.#options.dropLast === true ? Math.floor(batches) : Math.ceil(batches)
  }

  #hasStalled(): boolean {
    const { earlyStopping } = this.#options
    if (earlyStopping === undefined) return false
    const since = this.#measured().filter(({ epoch }) => epoch > this.#state.bestEpoch)
    return since.length >= earlyStopping.patience
  }

  /** The epochs that count for what goes by the loss. */
  #measured(): readonly EpochReport[] {
    const { history } = this.#state
    return this.#options.validation === undefined
      ? history
      : history.filter(({ validationLoss }) => validationLoss !== undefined)
  }

  #keepBest(): boolean {
    return (this.#options.keep ?? (this.#options.validation === undefined ? 'last' : 'best')) === 'best'
  }
}

function addMetrics(sums: Record<string, number>, program: Program, rows: number): void {
  for (const [name, value] of Object.entries(program.metrics)) sums[name] = (sums[name] ?? 0) + value[0]! * rows
}

function shares(sums: Readonly<Record<string, number>>, rows: number): Record<string, number> {
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / rows]))
}

function everyRow(rowCount: number): Uint32Array {
  return Uint32Array.from({ length: rowCount }, (_, row) => row)
}

function inBatches(order: Uint32Array, size: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.subarray(i * size, (i + 1) * size))
}
