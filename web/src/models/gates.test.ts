import { expect, test } from 'vitest'
import { gatesOf } from './gates.ts'

const evidence = {
  metric: 'accuracy',
  value: 0.97,
  threshold: 0.9,
  comparison: '>=',
  passed: true,
  datasetDigest: '9f8e7d6c',
  runId: 'r',
  decidedAt: '2026-01-31T12:00:00Z',
}

test('reads evidence in the order of its decisions and leaves other tags aside', () => {
  const gates = gatesOf({
    'millrace.gate.late': JSON.stringify({ ...evidence, decidedAt: '2026-02-01T12:00:00Z' }),
    'millrace.gate.early': JSON.stringify({ ...evidence, value: 'NaN', passed: false }),
    team: 'sea',
  })
  expect(gates.map(({ name, evidence }) => [name, evidence?.value, evidence?.passed])).toEqual([
    ['early', Number.NaN, false],
    ['late', 0.97, true],
  ])
})

test.each(['no JSON', '{"passed": true}', 'null'])('says of %s that it is no evidence', (text) => {
  expect(gatesOf({ 'millrace.gate.x': text })).toEqual([{ name: 'x', evidence: undefined }])
})
