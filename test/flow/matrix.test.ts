/** Shapes of graphs times bodies of steps times ways to run them: each cell ends with the trail its shape expects. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resumeFlow, runFlow } from '../../src/flow/index.ts'
import { bodies, buildFlow, expectedTrail, type FlowOptions, markedSteps, shapes } from './shapes.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()

let count = 0
const newRoot = (): string => join(folder, String(count++))

const cells = Object.keys(shapes).flatMap((shape) => Object.keys(bodies).map((body) => ({ shape, body })))
const shapeNames = Object.keys(shapes).map((shape) => ({ shape }))

describe.concurrent.each(cells)('$shape × $body', ({ shape, body }) => {
  it('ends with its trail', async () => {
    const { artifacts } = await runFlow(buildFlow({ shape, body }), { root: newRoot() })
    expect(artifacts.trail).toEqual(expectedTrail(shape, body))
  })

  it('runs nothing the second time with the cache, and ends the same', async () => {
    const options = { root: newRoot(), cache: true }
    const first = await runFlow(buildFlow({ shape, body }), options)
    const second = await runFlow(buildFlow({ shape, body }), options)
    expect(second.artifacts.trail).toEqual(expectedTrail(shape, body))
    // A caught error is not kept: the next run tries again.
    if (body !== 'fails for good, and is caught')
      expect(second.tasks).toEqual({ run: 0, cloned: 0, cached: first.tasks.run })
  })
})

describe.concurrent.each(shapeNames)('$shape', ({ shape }) => {
  it.each(markedSteps(shape))('resumed after a failure of %s, ends as if there had been none', async (step) => {
    const root = newRoot()
    const file = join(folder, `mended-${count++}`)
    const flow = buildFlow({ shape, body: 'ok', breakAt: { step, file } })
    await expect(runFlow(flow, { root })).rejects.toMatchObject({ code: 'TASK_FAILED' })
    await writeFile(file, '')
    const { artifacts, tasks } = await resumeFlow(flow, { root })
    expect(artifacts.trail).toEqual(expectedTrail(shape, 'ok'))
    expect(tasks.cloned).toBeGreaterThan(0)
  })

  it('run again from its first marked step, takes over what came before', async () => {
    const root = newRoot()
    const flow = buildFlow({ shape, body: 'ok' })
    await runFlow(flow, { root })
    const { artifacts, tasks } = await resumeFlow(flow, { root, step: markedSteps(shape)[0]! })
    expect(artifacts.trail).toEqual(expectedTrail(shape, 'ok'))
    expect(tasks.cloned).toBeGreaterThan(0)
    expect(tasks.run).toBeGreaterThan(0)
  })

  it('ends the same in processes', async () => {
    const file = await writeFlow({ shape, body: 'writes much' })
    const { artifacts } = await runFlow(file, { root: newRoot(), maxWorkers: 2 })
    expect(artifacts['trail']).toEqual(expectedTrail(shape, 'writes much'))
  })
})

/** A module with the flow of a cell, for processes to load. */
async function writeFlow(options: FlowOptions): Promise<string> {
  const file = join(folder, `flow-${count++}.ts`)
  const shapesFile = JSON.stringify(new URL('shapes.ts', import.meta.url).href)
  await writeFile(
    file,
    `import { buildFlow } from ${shapesFile}\nexport default buildFlow(${JSON.stringify(options)})\n`,
  )
  return file
}
