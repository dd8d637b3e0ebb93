import { expect, test } from 'vitest'
import { differenceRows } from './difference-rows.ts'

test('lays out all keys and says which differ', () => {
  expect(
    differenceRows([
      { lr: '0.1', layer10: 'a', layer9: 'x' },
      { lr: '0.1', layer10: 'b' },
    ]),
  ).toEqual([
    { key: 'layer9', values: ['x', undefined], isSame: false },
    { key: 'layer10', values: ['a', 'b'], isSame: false },
    { key: 'lr', values: ['0.1', '0.1'], isSame: true },
  ])
})

test('takes keys for what they are', () => {
  const [row] = differenceRows([Object.fromEntries([['constructor', 'a']]), {}])
  expect(row?.values).toEqual(['a', undefined])
})

test('has nothing of nothing', () => expect(differenceRows([{}, {}])).toEqual([]))
