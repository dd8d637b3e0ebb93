import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFrom, type ColumnType } from '../column.ts'
import { parseDatetime } from '../parse-datetime.ts'
import { type ColumnBuilder, columnBuilder } from './column-builder.ts'
import { Kernel } from './kernel.ts'
import { split } from './tokenizer.ts'

const kernel = Kernel.create()

/** What a column of `type` makes of a field, NaN when it does not fit. */
function valueOf(type: ColumnType, text: string): number {
  const length = kernel.bytes.write(`x\t${text}\tx\n`)
  const { batch } = split(kernel, length, { delimiter: 9, fieldCount: 3 }, { last: true })
  const builder = columnBuilder(type, 1)
  if (builder.append(batch, 1) >= 0) return NaN
  const column = builder.finish()
  return column.type === 'string' ? NaN : column.values[0]!
}

const decimal = (text: string): number => valueOf('double', text)
const integer = (text: string): number => valueOf('long', text)

/** Two digits. */
function two(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((number) => String(number).padStart(2, '0'))
}

describe('a column of double', () => {
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

  it('equals Number bit for bit on any short text of digits and points, or takes it for none as Number does', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?[\d./]{1,9}$/), (text) => {
        expect(decimal(text)).toBe(Number(text))
      }),
      { numRuns: 5000 },
    )
  })

  it('equals Number bit for bit on fractions of about as many digits as a double has', () => {
    const fraction = fc.tuple(fc.stringMatching(/^0{0,4}$/), fc.stringMatching(/^\d{13,19}$/))
    fc.assert(
      fc.property(fc.constantFrom('0', '-0', '7', '83'), fraction, (whole, [zeros, digits]) => {
        const text = `${whole}.${zeros}${digits}`
        expect(decimal(text)).toBe(Number(text))
      }),
      { numRuns: 5000 },
    )
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

  it.each(['', '-', '+', '.', '-.', 'e5', '1e', '1e+', '1.2.3', '1,5', '0x10', '1 2', 'abc', '12a', '--1', 'info'])(
    'takes "%s" for no number',
    (text) => {
      expect(decimal(text)).toBeNaN()
    },
  )
})

describe('a column of long', () => {
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

  it.each(['', '-', '1.0', '1e3', '1_000', '1234567890123456x'])('takes "%s" for no whole number', (text) => {
    expect(integer(text)).toBeNaN()
  })
})

describe('a column of datetime', () => {
  const forms = [
    (iso: string) => iso,
    (iso: string) => iso.slice(0, 10),
    (iso: string) => iso.slice(0, 16),
    (iso: string) => iso.slice(0, 19).replace('T', ' '),
    (iso: string) => `${iso.slice(0, 19)}Z`,
    (iso: string) => iso.slice(0, 22),
    (iso: string) => `${iso.slice(0, 19)}+02:00`,
    (iso: string) => `${iso.slice(0, 16)}-11:30`,
    (iso: string) => `${iso.slice(0, 23)}+00:00`,
    (iso: string) => `${iso.slice(0, 19)}+0200`,
  ]

  it('reads every form of ISO 8601 as text elsewhere is read', () => {
    const dates = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(dates, fc.constantFrom(...forms), (date, form) => {
        const text = form(date.toISOString())
        expect(valueOf('datetime', text)).toBe(parseDatetime(Buffer.from(text), 0, text.length))
      }),
      { numRuns: 1000 },
    )
  })

  it('takes the days and times that exist, and no others', () => {
    const day = fc.tuple(fc.constantFrom('1900', '2000', '2023', '2024'), two(0, 13), two(27, 32))
    const time = fc.tuple(two(20, 25), two(55, 61), two(55, 61))
    const zone = fc.tuple(fc.constantFrom('+', '-', '-', ' '), two(20, 25), fc.constantFrom(':', ':', '.'), two(55, 61))
    fc.assert(
      fc.property(day, time, fc.option(zone, { nil: [] }), (day, time, zone) => {
        const text = `${day.join('-')}T${time.join(':')}${zone.join('')}`
        expect(valueOf('datetime', text)).toBe(parseDatetime(Buffer.from(text), 0, text.length))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a column of boolean', () => {
  it.each(['true', 'True', 'TRUE'])('reads %s', (text) => {
    expect(valueOf('boolean', text)).toBe(1)
  })

  it.each(['false', 'False', 'FALSE'])('reads %s', (text) => {
    expect(valueOf('boolean', text)).toBe(0)
  })

  it.each(['tRUE', 'TRUe', 'fALSE', 'falsE', 'FAlse', 'truth', 'yes', '1'])('takes %s for neither', (text) => {
    expect(valueOf('boolean', text)).toBeNaN()
  })
})

/** Appends `count` different texts from number `from` on. */
function appendTexts(builder: ColumnBuilder, from: number, count: number): void {
  const lines = Array.from({ length: count }, (_, i) => `x\t${from + i}\n`).join('')
  kernel.reserve(lines.length, 0)
  const { batch } = split(kernel, kernel.bytes.write(lines), { delimiter: 9, fieldCount: 2 }, { last: true })
  expect(builder.append(batch, 1)).toBe(-1)
}

describe('a column of text', () => {
  it('leaves many different texts unnumbered until they are asked for, or until memory is short', () => {
    const builder = columnBuilder('string', 1)
    appendTexts(builder, 0, 20_000)
    expect(builder.reading).toBe('none')
    appendTexts(builder, 20_000, 20_000)
    kernel.loops.allocate(2 ** 29)
    appendTexts(builder, 0, 10_000)
    expect(builder.reading).toBe('text')
    const column = builder.finish()
    const texts = Array.from({ length: 50_000 }, (_, row) => String(row % 40_000))
    expect(column).toEqual(columnFrom('string', texts))
  })
})
