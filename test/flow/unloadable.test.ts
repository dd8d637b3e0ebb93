/** A flow that loads in the runner, but not in the processes of its tasks. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()

it('ends the run with the reason, and lets the program end too', async () => {
  await writeFile(
    join(folder, 'flow.ts'),
    `import { flow } from 'millrace/flow'
    if (process.send !== undefined) throw new Error('not in a worker')
    export default flow('unloadable').step('first', () => ({ x: 1 }))`,
  )
  await writeFile(
    join(folder, 'run.ts'),
    `import { runFlow } from ${JSON.stringify(new URL('../../src/flow/index.ts', import.meta.url).href)}
    const root = ${JSON.stringify(join(folder, 'flows'))}
    await runFlow(new URL('flow.ts', import.meta.url), { root }).catch(({ message }) => console.log(message))`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', join(folder, 'run.ts')], {
    timeout: 20_000,
  })
  expect(stdout).toMatch(/A task cannot load .*flow\.ts: .*not in a worker/s)
})
