import { expect, test } from 'vitest'
import { complete, wordAt } from './complete-filter.ts'

const keys = ['metrics.accuracy', 'metrics.loss', 'params.lr', 'tags.`a b`']

test('offers keys that hold the word, those that begin with it first', () => {
  expect(complete('loss', ['params.a_loss', ...keys, 'loss_weight'])).toEqual([
    'loss_weight',
    'params.a_loss',
    'metrics.loss',
  ])
})

test('offers keys after AND, OR and a parenthesis', () => {
  for (const filter of ['metrics.loss < 1 AND par', "tags.a = 'b c' or par", '(par']) {
    expect(complete(filter, keys)).toEqual(['params.lr'])
  }
})

test('offers operators after a key', () => {
  expect(complete('params.lr LI', keys)).toEqual(['LIKE', 'ILIKE'])
  expect(complete('params.lr ', keys)).toContain('IS NULL')
})

test('offers nothing in an empty filter, inside of quotes and for what is complete', () => {
  expect(complete('', keys)).toEqual([])
  expect(complete("params.lr = 'metr", keys)).toEqual([])
  expect(complete('params.lr', keys)).toEqual([])
})

test('keeps what stands before the word that is completed', () => {
  expect(wordAt('metrics.loss < 1 AND par')).toEqual({ before: 'metrics.loss < 1 AND ', word: 'par' })
  expect(wordAt("params.lr = 'a b")).toEqual({ before: 'params.lr = ', word: "'a b" })
})
