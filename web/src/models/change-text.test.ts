import { expect, test } from 'vitest'
import { changeText, isAbout } from './change-text.ts'

const change = { timestamp: 1, user: 'ada', reason: '' }

test('says what was moved from where to where', () => {
  expect(changeText({ ...change, action: 'alias_set', alias: 'champion', to: '2' })).toBe('@champion is version 2')
  expect(changeText({ ...change, action: 'alias_set', alias: 'champion', from: '1', to: '2' })).toBe(
    '@champion is version 2, was 1',
  )
  expect(changeText({ ...change, action: 'stage_changed', version: 3, from: 'None', to: 'Staging' })).toBe(
    'Version 3 from None to Staging',
  )
  expect(changeText({ ...change, action: 'of_a_later_server' })).toBe('of_a_later_server')
})

test('finds what concerns a version, an alias that left it included', () => {
  const moved = { ...change, action: 'alias_set', alias: 'champion', version: 2, from: '1', to: '2' }
  expect([1, 2, 3].map((version) => isAbout(moved, version))).toEqual([true, true, false])
  const renamed = { ...change, action: 'model_renamed', from: '1', to: '2' }
  expect(isAbout(renamed, 1)).toBe(false)
})
