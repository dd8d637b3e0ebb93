/** Tails of distributions against SciPy's (test/reference/monitor/record.py). */
import { describe, expect, it } from 'vitest'
import { golden } from '../../../test/reference/monitor/golden.ts'
import { kolmogorovPValue } from './kolmogorov.ts'
import { chiSquareTail, normalTail, scaledBesselK, studentTwoTails } from '../../metrics/special-functions.ts'

const { kolmogorov, chi_square: chiSquare, student, normal, bessel } = golden.functions

describe('special functions', () => {
  it.each(kolmogorov)('Kolmogorov-Smirnov: n $n, m $m, D $d', ({ n, m, d, p }) => {
    expect(Math.abs(kolmogorovPValue(d, n, m) - p)).toBeLessThan(1e-9)
  })

  it.each(chiSquare)('chi-square above $x with $df degrees', ({ x, df, p }) => {
    expect(chiSquareTail(x, df)).toBeCloseTo(p, 12)
    expect(relativeError(chiSquareTail(x, df), p)).toBeLessThan(1e-9)
  })

  it.each(student)("Student's beyond $t with $df degrees", ({ t, df, p }) => {
    expect(relativeError(studentTwoTails(t, df), p)).toBeLessThan(1e-8)
  })

  it.each(normal)('normal above $z', ({ z, p }) => {
    expect(relativeError(normalTail(z), p)).toBeLessThan(1e-12)
  })

  it.each(bessel)('scaled Bessel K of $x', ({ x, value }) => {
    expect(relativeError(scaledBesselK(0.25, x), value)).toBeLessThan(1e-12)
  })
})

function relativeError(found: number, expected: number): number {
  return Math.abs(found - expected) / Math.abs(expected)
}
