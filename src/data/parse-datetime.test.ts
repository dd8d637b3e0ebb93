import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDatetimeText } from './parse-datetime.ts'

describe('parseDatetimeText', () => {
  it('reads back what Date writes', () => {
    const dates = fc.date({ noInvalidDate: true, min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31') })
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseDatetimeText(date.toISOString())).toBe(date.getTime())
      }),
    )
  })

  it.each([
    ['2024-05-01', '2024-05-01T00:00:00Z'],
    ['2024-05-01 12:30', '2024-05-01T12:30:00Z'],
    ['2024-05-01T12:30:15', '2024-05-01T12:30:15Z'],
    ['2024-05-01 12:30:15.25', '2024-05-01T12:30:15.250Z'],
    ['2024-05-01T12:30:15.123456789Z', '2024-05-01T12:30:15.123Z'],
    ['2024-05-01T12:30+02:00', '2024-05-01T10:30:00Z'],
    ['2024-05-01T12:30:15-0530', '2024-05-01T18:00:15Z'],
    ['2024-05-01T12:30:15+02', '2024-05-01T10:30:15Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
  ])('reads %s', (text, iso) => {
    expect(parseDatetimeText(text)).toBe(Date.parse(iso))
  })

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '2024-05-01T24:00',
    '2024-05-01T12:60',
    '2024-05-01T12:30:60',
    '2024-05-01T12:30:15.',
    '2024-05-01T12:30:15+2',
    '2024-05-01T12:30:15+02:',
    '2024-05-01T1:30',
    '2024-05-01x',
    '2024-5-1',
    '01/05/2024',
    '20240501T1230',
    'hello world',
  ])('takes "%s" for no date', (text) => {
    expect(parseDatetimeText(text)).toBeNaN()
  })
})
