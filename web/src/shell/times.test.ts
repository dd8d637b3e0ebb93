import { expect, test } from 'vitest'
import { formatAge, formatDuration, formatNumber } from './times.ts'

test.each([
  [850, '850 ms'],
  [12_340, '12.3 s'],
  [245_000, '4 min 5 s'],
  [7_800_000, '2 h 10 min'],
])('writes %d ms as %s', (ms, expected) => expect(formatDuration(ms)).toBe(expected))

test('says how long ago in the largest unit that fits', () => {
  const now = Date.UTC(2026, 5, 1)
  expect(formatAge(now - 3 * 3_600_000, now)).toBe('3 hr. ago')
  expect(formatAge(now - 40 * 86_400_000, now)).toBe('last mo.')
  expect(formatAge(now - 200, now)).toBe('now')
})

test.each([
  [0.933035123, '0.933035'],
  [1.5e-9, '1.5e-9'],
  [42, '42'],
  [Number.NaN, 'NaN'],
  [-Infinity, '-Infinity'],
])('writes %d as %s', (value, expected) => expect(formatNumber(value)).toBe(expected))
