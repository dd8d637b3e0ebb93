import { expect, test } from 'vitest'
import type { Run } from '../api/runs.ts'
import { runsCsv } from './runs-csv.ts'

const run: Run = {
  runId: 'a1',
  name: 'first, "best"',
  experimentId: '1',
  userId: 'ada',
  status: 'FINISHED',
  startTime: Date.UTC(2026, 0, 31, 12),
  endTime: Date.UTC(2026, 0, 31, 12, 0, 5),
  artifactUri: '',
  lifecycleStage: 'active',
  metrics: { loss: { key: 'loss', value: -0.25, timestamp: 0, step: 3 } },
  params: { formula: '=1+1', lr: '0.01' },
  tags: {},
  datasets: [],
}

test('writes one line a run with the chosen columns, and makes formulas harmless', () => {
  const columns = ['attributes.start_time', 'attributes.duration', 'metrics.loss', 'params.formula', 'params.absent']
  expect(runsCsv([run], columns)).toBe(
    'run_id,run_name,status,start_time,duration,metrics.loss,params.formula,params.absent\r\n' +
      'a1,"first, ""best""",FINISHED,2026-01-31T12:00:00.000Z,5000,-0.25,\'=1+1,\r\n',
  )
})
