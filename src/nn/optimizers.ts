/**
 * Optimisers. All parameters of a module lie in one flat vector while it trains, so an optimiser is one loop over
 * numbers; its own memory (momentum, second moments) is flat vectors of the same length. The loops are plain
 * TypeScript: for small models they cost nothing beside a call into the runtime, for large ones one pass over memory
 * beats the dozen that the same formula takes as graph operations.
 */
import { MillraceError } from '../core/index.ts'

/** Hyperparameters every optimiser has. */
export interface BaseHyperparameters {
  /** Learning rate, before the schedule's factor. */
  readonly lr: number
  /** L2 penalty added to the gradient; for AdamW, decay of the weights themselves. Default 0 (AdamW 0.01). */
  readonly weightDecay?: number
}

/** Parameters that get hyperparameters of their own: those whose name matches. The first group that matches counts. */
export type ParameterGroup<H> = Partial<H> & { readonly match: RegExp }

export interface Grouped<H> {
  readonly groups?: readonly ParameterGroup<H>[]
}

/** The stretch of the flat vectors that one update works on. */
export interface Stretch {
  readonly start: number
  readonly end: number
}

/** An optimiser as configured; it holds no numbers. */
export interface Optimizer {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** How many flat vectors of state it needs. */
  readonly slotCount: number
  /** The update rule with the hyperparameters that hold for a parameter of this name. Equal keys share one rule. */
  ruleFor(parameterName: string): { readonly key: string; readonly update: UpdateRule }
}

/** Moves `weights` along −`gradients` within the stretch. `step` counts from 1; `factor` is the schedule's. */
export type UpdateRule = (
  vectors: {
    readonly weights: Float32Array
    readonly gradients: Float32Array
    readonly slots: readonly Float32Array[]
  },
  stretch: Stretch,
  step: number,
  factor: number,
) => void

export interface SgdOptions extends BaseHyperparameters {
  /** Default 0. */
  readonly momentum?: number
  /** Share of the gradient that does not enter the momentum. Default 0. */
  readonly dampening?: number
  /** Nesterov's momentum (as Sutskever et al. 2013). Default false. */
  readonly nesterov?: boolean
}

/** Stochastic gradient descent, as torch.optim.SGD. */
export function sgd(options: SgdOptions & Grouped<SgdOptions>): Optimizer {
  return optimizer('sgd', 1, options, (hyper) => {
    const { lr, weightDecay = 0, momentum = 0, dampening = 0, nesterov = false } = hyper
    checkRates('sgd', { lr, weightDecay, momentum })
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new MillraceError('INVALID_ARGUMENT', 'sgd: nesterov needs a momentum above 0 and no dampening.')
    }
    if (momentum === 0) {
      return ({ weights, gradients }, { start, end }, _step, factor) => {
        const rate = lr * factor
        for (let i = start; i < end; i++) weights[i]! -= rate * (gradients[i]! + weightDecay * weights[i]!)
      }
    }
    return ({ weights, gradients, slots }, { start, end }, step, factor) => {
      const velocity = slots[0]!
      const rate = lr * factor
      const taken = step === 1 ? 1 : 1 - dampening
      for (let i = start; i < end; i++) {
        const gradient = gradients[i]! + weightDecay * weights[i]!
        const moved = momentum * velocity[i]! + taken * gradient
        velocity[i] = moved
        weights[i]! -= rate * (nesterov ? gradient + momentum * moved : moved)
      }
    }
  })
}

export interface AdamOptions extends BaseHyperparameters {
  /** Decay of the first and second moment. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number
}

/** Adam (Kingma and Ba 2015), as torch.optim.Adam. */
export function adam(options: AdamOptions & Grouped<AdamOptions>): Optimizer {
  return optimizer('adam', 2, options, (hyper) => adamRule('adam', { weightDecay: 0, ...hyper }, false))
}

/** Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019), as torch.optim.AdamW. */
export function adamW(options: AdamOptions & Grouped<AdamOptions>): Optimizer {
  return optimizer('adamW', 2, options, (hyper) => adamRule('adamW', { weightDecay: 0.01, ...hyper }, true))
}

export interface RmspropOptions extends BaseHyperparameters {
  /** Decay of the mean square. Default 0.99. */
  readonly alpha?: number
  /** Default 1e-8. */
  readonly epsilon?: number
  /** Default 0. */
  readonly momentum?: number
}

/** RMSprop (Hinton's lecture 6e), as torch.optim.RMSprop without centring. */
export function rmsprop(options: RmspropOptions & Grouped<RmspropOptions>): Optimizer {
  return optimizer('rmsprop', 2, options, (hyper) => {
    const { lr, weightDecay = 0, alpha = 0.99, epsilon = 1e-8, momentum = 0 } = hyper
    checkRates('rmsprop', { lr, weightDecay, alpha, momentum })
    return ({ weights, gradients, slots }, { start, end }, _step, factor) => {
      const [meanSquare, velocity] = slots as readonly [Float32Array, Float32Array]
      const rate = lr * factor
      for (let i = start; i < end; i++) {
        const gradient = gradients[i]! + weightDecay * weights[i]!
        const average = alpha * meanSquare[i]! + (1 - alpha) * gradient * gradient
        meanSquare[i] = average
        const moved = momentum * velocity[i]! + gradient / (Math.sqrt(average) + epsilon)
        velocity[i] = moved
        weights[i]! -= rate * moved
      }
    }
  })
}

/** Scales `gradients` down so that their norm is at most `limit`, and returns the norm they had. */
export function clipByNorm(gradients: Float32Array, limit: number): number {
  let squares = 0
  for (let i = 0; i < gradients.length; i++) squares += gradients[i]! * gradients[i]!
  const norm = Math.sqrt(squares)
  // The small addend is PyTorch's, which also scales where the norm is just at the limit.
  const scale = limit / (norm + 1e-6)
  if (scale < 1) for (let i = 0; i < gradients.length; i++) gradients[i]! *= scale
  return norm
}

function adamRule(name: string, hyper: AdamOptions, decoupled: boolean): UpdateRule {
  const { lr, weightDecay = 0, betas = [0.9, 0.999], epsilon = 1e-8 } = hyper
  const [beta1, beta2] = betas
  checkRates(name, { lr, weightDecay, 'betas[0]': beta1, 'betas[1]': beta2 })
  return ({ weights, gradients, slots }, { start, end }, step, factor) => {
    const [first, second] = slots as readonly [Float32Array, Float32Array]
    const rate = lr * factor
    const stepSize = rate / (1 - beta1 ** step)
    const correction = 1 / Math.sqrt(1 - beta2 ** step)
    const penalty = decoupled ? 0 : weightDecay
    const shrink = decoupled ? 1 - rate * weightDecay : 1
    for (let i = start; i < end; i++) {
      const weight = weights[i]! * shrink
      const gradient = gradients[i]! + penalty * weight
      const mean = beta1 * first[i]! + (1 - beta1) * gradient
      const square = beta2 * second[i]! + (1 - beta2) * gradient * gradient
      first[i] = mean
      second[i] = square
      weights[i] = weight - (stepSize * mean) / (Math.sqrt(square) * correction + epsilon)
    }
  }
}

function optimizer<H extends BaseHyperparameters>(
  name: string,
  slotCount: number,
  { groups = [], ...base }: H & Grouped<H>,
  ruleOf: (hyper: H) => UpdateRule,
): Optimizer {
  // Made at once, so that a bad hyperparameter fails where it was written.
  const common = { key: 'base', update: ruleOf(base as unknown as H) }
  const special = groups.map(({ match, ...changed }, position) => ({
    match,
    rule: { key: `group ${position}`, update: ruleOf({ ...base, ...changed } as unknown as H) },
  }))
  return {
    name,
    slotCount,
    options:
      groups.length === 0
        ? base
        : { ...base, groups: groups.map(({ match, ...rest }) => ({ match: match.source, ...rest })) },
    ruleFor: (parameterName) => special.find(({ match }) => match.test(parameterName))?.rule ?? common,
  }
}

function checkRates(name: string, { lr, weightDecay, ...shares }: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries({ lr: lr!, weightDecay: weightDecay! })) {
    if (!(value >= 0 && value < Infinity)) {
      throw new MillraceError('INVALID_ARGUMENT', `${name}: ${option} must be a number of at least 0, found ${value}.`)
    }
  }
  for (const [option, value] of Object.entries(shares)) {
    if (!(value >= 0 && value < 1)) {
      throw new MillraceError('INVALID_ARGUMENT', `${name}: ${option} must be at least 0 and below 1, found ${value}.`)
    }
  }
}
