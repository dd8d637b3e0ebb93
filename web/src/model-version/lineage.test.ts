import { expect, test } from 'vitest'
import { lineageOf } from './lineage.ts'

const version = {
  name: 'penguins',
  version: 3,
  creationTime: 1,
  lastUpdatedTime: 1,
  userId: '',
  stage: 'Production',
  description: '',
  source: 'runs:/r/model',
  runId: 'r',
  status: 'READY',
  statusMessage: '',
  tags: {},
  aliases: ['champion'],
} as const

const dataset = { name: 'birds', digest: '9f8e7d6c', source_type: '', source: '', context: 'training' }

const run = {
  runId: 'r',
  name: 'first try',
  experimentId: '1',
  userId: '',
  status: 'FINISHED',
  startTime: 1,
  endTime: 2,
  artifactUri: '',
  lifecycleStage: 'active',
  metrics: {},
  params: {},
  tags: { 'mlflow.source.git.commit': '0123456789abcdef', 'millrace.flow': 'Training/1/train/2' },
  datasets: [dataset, { ...dataset, context: 'testing' }],
} as const

test('leads from data, code and flow over the run to the version and its aliases', () => {
  const { nodes, edges } = lineageOf(
    { ...version, aliases: [...version.aliases] },
    { ...run, datasets: [...run.datasets] },
    ({ runId }) => `#${runId}`,
  )
  expect(nodes.map(({ label }) => label)).toEqual([
    'birds',
    'Commit',
    'Training/1/train/2',
    'first try',
    'penguins 3',
    '@champion',
  ])
  expect(nodes.map(({ href }) => href).filter((href) => href !== undefined)).toEqual(['#r'])
  expect(edges.map(({ from, to }) => `${from} > ${to}`)).toEqual([
    'data birds 9f8e7d6c > run',
    'commit > run',
    'flow > run',
    'run > version',
    'version > alias champion',
  ])
})

test('stands on its source where there is no run', () => {
  const { nodes } = lineageOf(
    { ...version, runId: undefined, source: 's3://models/a', aliases: [] },
    undefined,
    () => '',
  )
  expect(nodes.map(({ label }) => label)).toEqual(['s3://models/a', 'penguins 3'])
})
