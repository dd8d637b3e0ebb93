import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDecimal, parseInteger } from './parse-number.ts'

function decimal(text: string): number {
  return parseDecimal(Buffer.from(`x${text}x`), 1, text.length + 1)
}

function integer(text: string): number {
  return parseInteger(Buffer.from(`x${text}x`), 1, text.length + 1)
}

describe('parseDecimal', () => {
  it('equals Number bit for bit on the shortest text of any double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(decimal(Object.is(value, -0) ? '-0' : String(value))).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })

  it('equals Number bit for bit on any digits, also halfway between two doubles', () => {
    const digits = fc.stringMatching(/^\d{0,25}$/)
    fc.assert(
      fc.property(digits, digits, fc.constantFrom('', '-', '+'), (whole, fraction, sign) => {
        fc.pre(whole + fraction !== '')
        const text = `${sign}${whole}.${fraction}`
        expect(decimal(text)).toBe(Number(text))
      }),
      { numRuns: 5000 },
    )
    const halfway = [
      '9007199254740993',
      '9007199254740993.0',
      '0.5000000000000000277555756156289135',
      '4503599627370497.5',
    ]
    for (const text of halfway) expect(decimal(text)).toBe(Number(text))
  })

  it.each([
    ['1e3', 1000],
    ['-1.5E-3', -0.0015],
    ['.5', 0.5],
    ['5.', 5],
    ['007.50', 7.5],
    ['1e400', Infinity],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['0.00000000000000000000000000001', 1e-29],
  ])('reads %s', (text, value) => {
    expect(decimal(text)).toBe(value)
  })

  it.each(['', '-', '.', 'e5', '1e', '1e+', '1.2.3', '1,5', '0x10', '1 2', 'abc', '12a', '--1', 'info'])(
    'takes "%s" for no number',
    (text) => {
      expect(decimal(text)).toBeNaN()
    },
  )
})

describe('parseInteger', () => {
  it('reads every whole number up to 2^53 and none beyond', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(integer(String(value))).toBe(value)
      }),
    )
    expect(integer('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(integer('9007199254740992')).toBeNaN()
    expect(integer('-12345678901234567890')).toBeNaN()
  })

  it('reads signs and leading zeros', () => {
    expect(integer('+007')).toBe(7)
    expect(integer('-0')).toBe(0)
  })

  it.each(['', '-', '1.0', '1e3', ' 1', '1_000'])('takes "%s" for no whole number', (text) => {
    expect(integer(text)).toBeNaN()
  })
})
