import { expect, test } from 'vitest'
import type { FlowTask } from '../api/flows.ts'
import { barsOf, stepStates } from './step-states.ts'

function task(step: string, given: Partial<FlowTask> = {}): FlowTask {
  const attempts = [{ attempt: 0, status: 'completed', startTime: 1100, endTime: 1200 } as const]
  return {
    step,
    taskId: '0',
    status: 'completed',
    startTime: 1100,
    endTime: 1200,
    takenFrom: undefined,
    attempts,
    ...given,
  }
}

const nodes = ['load', 'fit', 'end'].map((name) => ({ name, kind: 'step' }))

test('says of a step what most wants to be seen, and how many tasks stand how', () => {
  const tasks = [task('load'), task('fit'), task('fit', { status: 'running' }), task('fit', { status: 'failed' })]
  expect(stepStates({ nodes, edges: [] }, tasks)).toEqual([
    { name: 'load', status: 'completed', counts: { completed: 1 } },
    { name: 'fit', status: 'failed', counts: { completed: 1, running: 1, failed: 1 } },
    { name: 'end', status: undefined, counts: {} },
  ])
})

test('has a bar for each try, and one that grows for the try under way', () => {
  const failed = { attempt: 0, status: 'failed', startTime: 1000, endTime: 1050 } as const
  const bars = barsOf([task('load'), task('fit', { status: 'running', attempts: [failed] })], 1000, 1500)
  expect(bars.map(({ status, attempt, start, end }) => [status, attempt, start, end])).toEqual([
    ['completed', 0, 100, 200],
    ['failed', 0, 0, 50],
    ['running', 1, 50, 500],
  ])
})

test('has no bar for what another run did, and none of negative length when a clock was set back', () => {
  const cloned = task('load', { takenFrom: { how: 'clone', pathspec: 'a/1/load/0' } })
  const back = task('fit', { attempts: [{ attempt: 0, status: 'completed', startTime: 1100, endTime: 900 }] })
  expect(barsOf([cloned, back], 1000, 1500)).toMatchObject([{ start: 100, end: 100 }])
})
