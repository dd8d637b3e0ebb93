import { describe, expect, it } from 'vitest'
import { recorded } from '../../test/reference/nn.ts'
import {
  constantSchedule,
  cosineSchedule,
  oneCycleSchedule,
  plateauSchedule,
  type Schedule,
  stepSchedule,
  warmup,
} from './index.ts'

const schedules: Readonly<Record<string, (options: never) => Schedule>> = {
  step: stepSchedule,
  cosine: cosineSchedule,
  oneCycle: oneCycleSchedule,
  plateau: plateauSchedule,
  warmup: (options: { readonly steps: number }) => warmup(constantSchedule(), options),
}

/** The factor of each step of a training, or the one a resumed training starts with. */
function factorAt(
  schedule: Schedule,
  step: number,
  stepsPerEpoch: number,
  epochs: number,
  losses: readonly number[],
): number {
  const epoch = Math.floor(step / stepsPerEpoch)
  return schedule.factor({ step, epoch, stepsPerEpoch, epochs, losses: losses.slice(0, epoch) })
}

describe.each(recorded.schedules)(
  '$schedule with $options',
  ({ schedule, options, epochs, stepsPerEpoch, losses, factors }) => {
    it('follows PyTorch’s learning rates', () => {
      const made = schedules[schedule]!(options as never)
      factors.forEach((factor, step) => {
        const found = factorAt(made, step, stepsPerEpoch, epochs, losses ?? [])
        expect(Math.abs(found - factor), `step ${step}: ${found} for ${factor}`).toBeLessThanOrEqual(1e-12)
      })
    })
  },
)

describe('schedules', () => {
  it('multiply when warm-up leads into another', () => {
    const schedule = warmup(stepSchedule({ stepSize: 1, gamma: 0.5 }), { steps: 4 })
    const factors = Array.from({ length: 6 }, (_, step) => factorAt(schedule, step, 3, 2, []))
    expect(factors).toEqual([0.25, 0.5, 0.75, 0.5, 0.5, 0.5])
    expect(schedule.name).toBe('warmup+step')
  })

  it.each([1, 2, 3, 4, 10])('give one-cycle a finite rate at each of %d steps', (steps) => {
    const factors = Array.from({ length: steps + 1 }, (_, step) => factorAt(oneCycleSchedule(), step, 1, steps, []))
    for (const factor of factors) expect(factor).toBeGreaterThan(0)
  })

  it.each([
    ['stepSize', () => stepSchedule({ stepSize: 0 })],
    ['epochs', () => cosineSchedule({ epochs: 0 })],
    ['steps', () => warmup(constantSchedule(), { steps: 0 })],
    ['startDivisor', () => oneCycleSchedule({ startDivisor: 0 })],
    ['factor', () => plateauSchedule({ factor: 0 })],
  ])('refuse a %s of 0', (option, make) => {
    expect(make).toThrow(new RegExp(`${option} must be above 0, found 0`))
  })
})
