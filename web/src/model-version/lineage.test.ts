import { expect, test } from 'vitest'
import { type Addresses, lineageOf } from './lineage.ts'

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

const addresses: Addresses = {
  ofRun: ({ runId }) => `#${runId}`,
  ofTask: ({ flow, runId, step, taskId }) => `#${flow} ${runId} ${step} ${taskId}`,
}

test('leads from data, code and flow over the run to the version and its aliases', () => {
  const { nodes, edges } = lineageOf(
    { ...version, aliases: [...version.aliases] },
    { ...run, datasets: [...run.datasets] },
    addresses,
  )
  expect(nodes.map(({ label }) => label)).toEqual([
    'birds',
    'Commit',
    'Training/1/train/2',
    'first try',
    'penguins 3',
    '@champion',
  ])
  expect(nodes.map(({ href }) => href).filter((href) => href !== undefined)).toEqual(['#Training 1 train 2', '#r'])
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
    addresses,
  )
  expect(nodes.map(({ label }) => label)).toEqual(['s3://models/a', 'penguins 3'])
})

test('leads nowhere where the tag of the flow is none', () => {
  const { nodes } = lineageOf(
    { ...version, aliases: [] },
    { ...run, datasets: [], tags: { 'millrace.flow': 'by hand' } },
    addresses,
  )
  expect(nodes.find(({ id }) => id === 'flow')).toEqual({ id: 'flow', label: 'by hand', detail: 'Flow' })
})
