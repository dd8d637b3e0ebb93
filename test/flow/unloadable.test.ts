/** A flow that loads in the runner, but in the processes of its tasks not, or not at once. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()

/** Runs a flow in a program of its own, for up to a second, and gives what that prints of the error. */
async function errorOf(name: string, inTask: string): Promise<string> {
  await writeFile(
    join(folder, `${name}.ts`),
    `import { flow } from 'millrace/flow'
    if (process.send !== undefined) ${inTask}
    export default flow('${name}').step('first', () => ({ x: 1 }))`,
  )
  await writeFile(
    join(folder, `run-${name}.ts`),
    `import { runFlow } from ${JSON.stringify(new URL('../../src/flow/index.ts', import.meta.url).href)}
    const options = { root: ${JSON.stringify(join(folder, 'flows'))}, signal: AbortSignal.timeout(1000) }
    await runFlow(new URL('${name}.ts', import.meta.url), options).catch(({ name, message }) => console.log(name, message))`,
  )
  const program = [`--no-warnings`, join(folder, `run-${name}.ts`)]
  const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 20_000 })
  return stdout
}

it('ends the run with the reason, and lets the program end too', async () => {
  const error = await errorOf('unloadable', "throw new Error('not in a worker')")
  expect(error).toMatch(/^MillraceError A task cannot load .*unloadable\.ts: .*not in a worker/s)
})

it('can be stopped while a task loads it', async () => {
  const error = await errorOf('slow', 'await new Promise((resolve) => setTimeout(resolve, 60_000))')
  expect(error).toMatch(/^(AbortError|TimeoutError) /)
})
