import { describe, expect, it } from 'vitest'
import { decideRetraining } from './retraining.ts'

const policy = { minimumRows: 50, coolDownMs: 3_600_000 }
const due = { drift: true, newRows: 50, lastTrainedMs: 0, nowMs: 3_600_000 }

describe('retraining', () => {
  it('is due when production drifts, there are rows enough and the last training is long ago', () => {
    expect(decideRetraining(due, policy)).toMatchObject({
      retrain: true,
      reason: expect.stringContaining('50 new') as string,
    })
  })

  it.each([
    ['nothing drifts', { drift: false }, /Nothing drifts/],
    ['there are too few new rows', { newRows: 49 }, /49 new labelled rows; retraining asks for 50/],
    ['the model has just been trained', { nowMs: 60_000 }, /another 59 minutes/],
    ['a moment is missing', { nowMs: 3_599_999 }, /another minute/],
    ['the clock was set back', { nowMs: -86_400_000 }, /another 60 minutes/],
  ])('waits while %s', (_, change, reason) => {
    expect(decideRetraining({ ...due, ...change }, policy)).toMatchObject({
      retrain: false,
      reason: expect.stringMatching(reason) as string,
    })
  })

  it('needs no pause when none is asked for', () => {
    expect(decideRetraining({ ...due, nowMs: 0 }, { ...policy, coolDownMs: 0 }).retrain).toBe(true)
  })
})
