import { describe, expect, expectTypeOf, it } from 'vitest'
import { DataError, hasCode, MillraceError } from './index.ts'

describe('hasCode', () => {
  it.each([
    ['an error with the code', new MillraceError('STORE_LOCKED', 'locked'), true],
    ['one of a class of its own', new DataError({}, 'ragged'), true],
    ['one with another code', new MillraceError('INVALID_STATE', 'busy'), false],
    ['an error of the system', Object.assign(new Error('locked'), { code: 'STORE_LOCKED' }), false],
    ['what is no error', 'STORE_LOCKED', false],
  ])('of %s', (_, error: unknown, expected) => {
    expect(hasCode(error, 'STORE_LOCKED', 'INVALID_DATA')).toBe(expected)
  })

  it('tells the type what the code can be, and takes only codes there are', () => {
    const error: unknown = new MillraceError('STORE_LOCKED', 'locked')
    if (hasCode(error, 'STORE_LOCKED', 'NON_FINITE')) {
      expectTypeOf(error.code).toEqualTypeOf<'STORE_LOCKED' | 'NON_FINITE'>()
    }
    // @ts-expect-error There is no such code.
    expect(hasCode(error, 'LOCKED')).toBe(false)
  })
})
