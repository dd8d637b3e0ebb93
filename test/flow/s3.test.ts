/** Artifacts of a flow in a bucket. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openFlows, resumeFlow, runFlow } from '../../src/flow/index.ts'
import { openStorage } from '../../src/storage/index.ts'
import { type S3Server, startS3 } from '../s3-server.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()
const root = join(folder, 'flows')
const file = join(folder, 'flow.ts')
let server: S3Server

beforeAll(async () => {
  server = await startS3()
  for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value)
  vi.stubEnv('MILLRACE_FLOW_ARTIFACTS', 's3://models/flows')
  await writeFile(
    file,
    `import { flow } from 'millrace/flow'
    export default flow('bucket')
      .step('make', () => ({ numbers: Float64Array.from({ length: 1000 }, (_, i) => i) }))
      .foreach('split', ({ numbers }) => [numbers[1], numbers[2]], (each) =>
        each.step('scale', ({ item, numbers }) => ({ scaled: numbers.map((value) => value * item) })))
      .join('sum', (parts) => ({ sum: parts.flatMap(({ scaled }) => [...scaled]).reduce((a, b) => a + b) }))`,
  )
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await server[Symbol.asyncDispose]()
})

it('are written and read by tasks, by a resumed run and by whoever looks later', async () => {
  const expected = (3 * 1000 * 999) / 2
  const { runId, artifacts } = await runFlow(file, { root })
  expect(artifacts['sum']).toBe(expected)
  const bucket = openStorage('s3://models/flows/bucket')
  // Numbers and the same times one are one artifact.
  const folders = await bucket.list('data')
  expect(folders.length).toBe(2)
  expect(existsSync(join(root, 'bucket', 'data'))).toBe(false)
  const resumed = await resumeFlow(file, { root, step: 'sum' })
  expect(resumed.artifacts['sum']).toBe(expected)
  expect(resumed.tasks).toMatchObject({ run: 1, cloned: 4 })
  const task = await openFlows({ root }).task(`bucket/${runId}/scale/1`)
  expect(await task.data()).toMatchObject({ scaled: Float64Array.from({ length: 1000 }, (_, i) => 2 * i) })
})

it('that are gone are named', async () => {
  const { runId } = await runFlow(file, { root })
  await openStorage('s3://models/flows/bucket').delete('data')
  const task = await openFlows({ root }).task(`bucket/${runId}/make/0`)
  await expect(task.data()).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' })
})
