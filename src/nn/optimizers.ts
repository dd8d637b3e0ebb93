/**
 * Optimisers. All parameters of a module lie in one flat vector while it trains, so an optimiser is one loop over
 * numbers; its own memory (momentum, second moments) is flat vectors of the same length. The loops run in WebAssembly:
 * for small models they cost nothing beside a call into the runtime, for large ones one pass over memory beats the dozen
 * that the same formula takes as graph operations.
 */
import { MillraceError } from '../core/index.ts'
import { minus, over, plus, root, times, type VectorLoop, vectorLoop } from './vector-loop.ts'

/** Hyperparameters every optimiser has. */
interface BaseHyperparameters {
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

/**
 * Moves `weights` along −`gradients` within the stretch. `step` counts from 1; `factor` is the schedule's. The vectors
 * lie in memory that a `vectorLoop` can reach; `gradients` may be overwritten.
 */
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
      return ({ weights, gradients }, stretch, _step, factor) =>
        descent({ weights, gradients }, { rate: lr * factor, penalty: weightDecay }, stretch)
    }
    const rule = nesterov ? nesterovDescent : momentumDescent
    return ({ weights, gradients, slots }, stretch, step, factor) => {
      const taken = step === 1 ? 1 : 1 - dampening
      const scalars = { rate: lr * factor, penalty: weightDecay, momentum, taken }
      rule({ weights, gradients, velocity: slots[0]! }, scalars, stretch)
    }
  })
}

const descent = vectorLoop(['weights', 'gradients'], ['rate', 'penalty'], ({ weights, gradients, rate, penalty }) => ({
  weights: minus(weights, times(rate, plus(gradients, times(penalty, weights)))),
}))

const momentumDescent = descentWithMomentum(false)
const nesterovDescent = descentWithMomentum(true)

function descentWithMomentum(
  looksAhead: boolean,
): VectorLoop<'weights' | 'gradients' | 'velocity', 'rate' | 'penalty' | 'momentum' | 'taken'> {
  return vectorLoop(
    ['weights', 'gradients', 'velocity'],
    ['rate', 'penalty', 'momentum', 'taken'],
    ({ weights, gradients, velocity, rate, penalty, momentum, taken }) => {
      const gradient = plus(gradients, times(penalty, weights))
      const moved = plus(times(momentum, velocity), times(taken, gradient))
      const direction = looksAhead ? plus(gradient, times(momentum, moved)) : moved
      return { velocity: moved, weights: minus(weights, times(rate, direction)) }
    },
  )
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
    return ({ weights, gradients, slots }, stretch, _step, factor) => {
      const [meanSquare, velocity] = slots as readonly [Float32Array, Float32Array]
      const scalars = { rate: lr * factor, penalty: weightDecay, alpha, rest: 1 - alpha, epsilon, momentum }
      rmspropLoop({ weights, gradients, meanSquare, velocity }, scalars, stretch)
    }
  })
}

const rmspropLoop = vectorLoop(
  ['weights', 'gradients', 'meanSquare', 'velocity'],
  ['rate', 'penalty', 'alpha', 'rest', 'epsilon', 'momentum'],
  ({ weights, gradients, meanSquare, velocity, rate, penalty, alpha, rest, epsilon, momentum }) => {
    const gradient = plus(gradients, times(penalty, weights))
    const average = plus(times(alpha, meanSquare), times(times(rest, gradient), gradient))
    const moved = plus(times(momentum, velocity), over(gradient, plus(root(average), epsilon)))
    return { meanSquare: average, velocity: moved, weights: minus(weights, times(rate, moved)) }
  },
)

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
  return ({ weights, gradients, slots }, stretch, step, factor) => {
    const [first, second] = slots as readonly [Float32Array, Float32Array]
    const rate = lr * factor
    const scalars = {
      stepSize: rate / (1 - beta1 ** step),
      correction: 1 / Math.sqrt(1 - beta2 ** step),
      penalty: decoupled ? 0 : weightDecay,
      shrink: decoupled ? 1 - rate * weightDecay : 1,
      beta1,
      rest1: 1 - beta1,
      beta2,
      rest2: 1 - beta2,
      epsilon,
    }
    adamLoop({ weights, gradients, first, second }, scalars, stretch)
  }
}

const adamLoop = vectorLoop(
  ['weights', 'gradients', 'first', 'second'],
  ['stepSize', 'correction', 'penalty', 'shrink', 'beta1', 'rest1', 'beta2', 'rest2', 'epsilon'],
  ({ weights, gradients, first, second, ...of }) => {
    const weight = times(weights, of.shrink)
    const gradient = plus(gradients, times(of.penalty, weight))
    const mean = plus(times(of.beta1, first), times(of.rest1, gradient))
    const square = plus(times(of.beta2, second), times(times(of.rest2, gradient), gradient))
    const scale = plus(times(root(square), of.correction), of.epsilon)
    return { first: mean, second: square, weights: minus(weight, over(times(of.stepSize, mean), scale)) }
  },
)

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
