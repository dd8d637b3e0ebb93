import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration, retryDelay, retryPlan } from './step-options.ts'

describe('waits between retries', () => {
  it('grow by the factor up to the longest, with at most half taken off', () => {
    const retry = fc.integer({ min: 1, max: 30 })
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(retry, random, fc.double({ min: 1, max: 5, noNaN: true }), (n, drawn, factor) => {
        const plan = retryPlan({ minDelay: 10, maxDelay: '1s', factor })
        const whole = retryDelay({ ...plan, jitter: false }, n, drawn)
        expect(whole).toBe(Math.min(1000, 10 * factor ** (n - 1)))
        const jittered = retryDelay(plan, n, drawn)
        expect(jittered).toBeGreaterThanOrEqual(whole / 2)
        expect(jittered).toBeLessThanOrEqual(whole)
      }),
    )
  })

  it.each([
    [undefined, 0],
    [2, 2],
    [{}, 3],
    [{ times: 7 }, 7],
  ])('of %j are %i', (retry, times) => {
    expect(retryPlan(retry)).toMatchObject({ times, minDelayMs: 1000, maxDelayMs: 120_000, factor: 2, jitter: true })
  })
})

describe('durations', () => {
  it.each([
    [250, 250],
    ['250ms', 250],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['2 h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '10', 'm', '-1s', '1 week'])('"%s" is none', (text) => {
    expect(() => parseDuration(text)).toThrow(/Cannot read the duration/)
  })
})
