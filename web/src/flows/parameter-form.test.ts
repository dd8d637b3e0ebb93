import { expect, test } from 'vitest'
import type { ParameterSchema } from '../api/flows.ts'
import { initialTexts, kindOf, parameterValues } from './parameter-form.ts'

const schemas: Readonly<Record<string, ParameterSchema>> = {
  folds: { type: 'integer', description: '', default: 3 },
  name: { type: 'string', description: '', default: '7' },
  cache: { type: 'boolean', description: '', default: false },
  level: { description: '', enum: [1, 2], default: 1 },
  options: { description: '', default: { a: 1 } },
  endpoint: { type: 'string', description: '' },
}

test('asks for each parameter in the way that fits its type', () => {
  expect(Object.values(schemas).map(kindOf)).toEqual(['number', 'text', 'truth', 'choice', 'json', 'text'])
})

test('sends nothing of what is left as it was', () => {
  expect(parameterValues(schemas, initialTexts(schemas))).toEqual({})
})

test('sends changes as values of their types, and texts as texts', () => {
  const texts = { folds: '5', name: '8', cache: 'true', level: '2', options: '{"b":[1]}', endpoint: 'http://x' }
  expect(parameterValues(schemas, texts)).toEqual({
    folds: 5,
    name: '8',
    cache: true,
    level: 2,
    options: { b: [1] },
    endpoint: 'http://x',
  })
})

test('leaves it to the program to refuse what cannot be read', () => {
  expect(parameterValues(schemas, { ...initialTexts(schemas), folds: 'many' })).toEqual({ folds: 'many' })
})
