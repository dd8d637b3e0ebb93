import { expect, test } from 'vitest'
import { signatureOf } from './signature.ts'

test('reads columns, tensors and parameters', () => {
  const mlmodel = `
flavors: {}
signature:
  inputs: '[{"type": "double", "name": "mass", "required": false}, {"type": "string", "name": "sex"}]'
  outputs: '[{"type": "tensor", "name": "probabilities", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'
  params: '[{"name": "temperature", "type": "double", "default": 1, "shape": null}]'
`
  expect(signatureOf(mlmodel)).toEqual({
    inputs: [
      { name: 'mass', type: 'double?' },
      { name: 'sex', type: 'string' },
    ],
    outputs: [{ name: 'probabilities', type: 'float32 [-1, 3]' }],
    params: [{ name: 'temperature', type: 'double' }],
  })
})

test.each(['flavors: {}', 'signature: {inputs: "no JSON"}', 'signature:\n  inputs: {', ''])(
  'finds none in %j',
  (text) => {
    expect(signatureOf(text)).toBeUndefined()
  },
)
