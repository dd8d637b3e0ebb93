/**
 * Learning-rate schedules. A schedule is a pure function of how far training has come and of the losses so far, so
 * there is no state of its own to save; its factor multiplies the optimiser's learning rate.
 */
import { MillraceError } from '../core/index.ts'

/** How far training has come when a factor is asked for. */
export interface Progress {
  /** Steps done, over all epochs. */
  readonly step: number
  /** Epochs done. */
  readonly epoch: number
  readonly stepsPerEpoch: number
  readonly epochs: number
  /** The monitored value after each epoch so far: the validation loss, or the training loss where there is no validation. */
  readonly losses: readonly number[]
}

export interface Schedule {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  factor(progress: Progress): number
}

/** The learning rate stays as it is. */
export function constantSchedule(): Schedule {
  return { name: 'constant', options: {}, factor: () => 1 }
}

/** Times `gamma` every `stepSize` epochs, as StepLR. */
export function stepSchedule(options: { readonly stepSize: number; readonly gamma?: number }): Schedule {
  const { stepSize, gamma = 0.1 } = options
  checkPositive('stepSchedule', 'stepSize', stepSize)
  return { name: 'step', options: { stepSize, gamma }, factor: ({ epoch }) => gamma ** Math.floor(epoch / stepSize) }
}

/** Half a cosine from 1 down to `minFactor` over `epochs` (default: all of training), as CosineAnnealingLR. */
export function cosineSchedule(options: { readonly epochs?: number; readonly minFactor?: number } = {}): Schedule {
  const { minFactor = 0 } = options
  if (options.epochs !== undefined) checkPositive('cosineSchedule', 'epochs', options.epochs)
  return {
    name: 'cosine',
    options: { ...options },
    factor: ({ epoch, epochs }) =>
      minFactor + ((1 - minFactor) * (1 + Math.cos((Math.PI * epoch) / (options.epochs ?? epochs)))) / 2,
  }
}

export interface OneCycleOptions {
  /** Share of the steps in which the rate rises. Default 0.3. */
  readonly riseShare?: number
  /** The rate starts at 1 / startDivisor of its peak. Default 25. */
  readonly startDivisor?: number
  /** It ends at 1 / endDivisor of its start. Default 10,000. */
  readonly endDivisor?: number
}

/**
 * One rise and one fall along cosines, step by step (Smith and Topin 2018), as OneCycleLR; the optimiser's learning
 * rate is the peak. Momentum is left alone (PyTorch's cycle_momentum=False).
 */
export function oneCycleSchedule(options: OneCycleOptions = {}): Schedule {
  const { riseShare = 0.3, startDivisor = 25, endDivisor = 1e4 } = options
  checkPositive('oneCycleSchedule', 'startDivisor', startDivisor)
  checkPositive('oneCycleSchedule', 'endDivisor', endDivisor)
  const start = 1 / startDivisor
  return {
    name: 'oneCycle',
    options: { ...options },
    factor({ step, stepsPerEpoch, epochs }) {
      const last = epochs * stepsPerEpoch - 1
      const peak = riseShare * (last + 1) - 1
      if (step < peak) return alongCosine(start, 1, step / peak)
      return alongCosine(1, start / endDivisor, last > peak ? Math.min(1, (step - peak) / (last - peak)) : 0)
    },
  }
}

/**
 * What `after` gives, times a factor that rises linearly over the first `steps`: from one step above `startFactor`
 * (default 0, so that no step is wasted on a rate of 0) to 1 in the last of them.
 */
export function warmup(after: Schedule, options: { readonly steps: number; readonly startFactor?: number }): Schedule {
  const { steps, startFactor = 0 } = options
  checkPositive('warmup', 'steps', steps)
  return {
    name: `warmup+${after.name}`,
    options: { steps, startFactor, ...after.options },
    factor(progress) {
      const risen = startFactor + (1 - startFactor) * Math.min(1, (progress.step + 1) / steps)
      return risen * after.factor(progress)
    },
  }
}

export interface PlateauOptions {
  /** Default 0.1. */
  readonly factor?: number
  /** Epochs without improvement that are borne. Default 10. */
  readonly patience?: number
  /** How much better, relatively, counts as an improvement. Default 1e-4. */
  readonly threshold?: number
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  readonly cooldown?: number
  /** Default 0. */
  readonly minFactor?: number
}

/** Times `factor` whenever the monitored loss has not improved for more than `patience` epochs, as ReduceLROnPlateau. */
export function plateauSchedule(options: PlateauOptions = {}): Schedule {
  const { factor: reduction = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, minFactor = 0 } = options
  checkPositive('plateauSchedule', 'factor', reduction)
  return {
    name: 'plateau',
    options: { ...options },
    factor({ losses }) {
      let [factor, best, bad, resting] = [1, Infinity, 0, 0]
      for (const loss of losses) {
        if (loss < best * (1 - threshold)) [best, bad] = [loss, 0]
        else bad += 1
        if (resting > 0) [resting, bad] = [resting - 1, 0]
        if (bad > patience) [factor, resting, bad] = [Math.max(factor * reduction, minFactor), cooldown, 0]
      }
      return factor
    },
  }
}

/** `from` at share 0, `to` at share 1, half a cosine in between. */
function alongCosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2
}

function checkPositive(schedule: string, option: string, value: number): void {
  if (!(value > 0))
    throw new MillraceError('INVALID_ARGUMENT', `${schedule}: ${option} must be above 0, found ${value}.`)
}
