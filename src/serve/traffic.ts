/** Which of several models answers a request. */
import { createHash } from 'node:crypto'
import { MillraceError } from '../core/index.ts'
import type { Deployment, Role } from './deployment.ts'

/** What a deployment's share is computed from. */
export interface Weighted {
  readonly role: Role
  /** Of primary models beside each other, by default 1; of a canary its share of all requests, 0 to 1. */
  readonly weight: number
}

/**
 * The share of all requests that each is given, 0 to 1, in the same order; 0 for shadows.
 *
 * @throws MillraceError INVALID_ARGUMENT when no primary model is left, or weights or shares are out of range
 */
export function sharesOf(models: readonly Weighted[]): readonly number[] {
  const primary = sum(models.filter(({ role }) => role === 'primary'))
  const canary = sum(models.filter(({ role }) => role === 'canary'))
  for (const { weight } of models) {
    if (Number.isFinite(weight) && weight >= 0) continue
    throw new MillraceError('INVALID_ARGUMENT', `A weight is ${weight}, expected a number of at least 0.`)
  }
  if (!(primary > 0)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      'No model answers requests: give one that is neither canary nor shadow.',
    )
  }
  if (canary > 1) {
    throw new MillraceError('INVALID_ARGUMENT', `The canaries take ${canary} of all requests, expected at most 1.`)
  }
  const share: Readonly<Record<Role, (weight: number) => number>> = {
    primary: (weight) => (weight / primary) * (1 - canary),
    canary: (weight) => weight,
    shadow: () => 0,
  }
  return models.map(({ role, weight }) => share[role](weight))
}

export class Traffic {
  readonly #answering: readonly { readonly deployment: Deployment; readonly upTo: number }[]
  readonly #random: () => number

  /** @param random numbers in [0, 1) for requests without a key */
  constructor(deployments: readonly Deployment[], shares: readonly number[], random: () => number) {
    let upTo = 0
    this.#random = random
    this.#answering = deployments.flatMap((deployment, position) =>
      shares[position] === 0 ? [] : [{ deployment, upTo: (upTo += shares[position]!) }],
    )
  }

  /** One by its share; always the same one for the same key, as long as models and weights stay. */
  choose(key: string | undefined): Deployment {
    const last = this.#answering.at(-1)!.deployment
    if (this.#answering.length === 1) return last
    const point = key === undefined ? this.#random() : pointOf(key)
    return this.#answering.find(({ upTo }) => point < upTo)?.deployment ?? last
  }
}

/** The key as a number in [0, 1), evenly spread. */
function pointOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32
}

function sum(models: readonly Weighted[]): number {
  return models.reduce((total, { weight }) => total + weight, 0)
}
