/** `millrace flow`, as people use it. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFlowFolder } from '../flow/temporary.ts'
import { cleanEnvironment, COMMAND, type Outcome, outcomeOf, runMillrace, startMillrace } from './run-millrace.ts'

const cwd = await temporaryFlowFolder()
const zod = JSON.stringify(import.meta.resolve('zod'))

beforeAll(async () => {
  await writeFile(
    join(cwd, 'training.ts'),
    `import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
    import { z } from ${zod}
    import { flow } from 'millrace/flow'
    export default flow('training', {
      description: 'a small flow',
      parameters: { folds: z.number().int().default(2).describe('how many'), needs: z.string().default('') },
    })
      .step('load', ({ parameters }) => {
        console.log('loading', parameters.folds, 'folds')
        return { rows: Array.from({ length: parameters.folds }, (_, i) => i) }
      })
      .foreach('fold', ({ rows }) => rows, (fold) => fold.step('fit', ({ item }) => ({ score: item * 2 })))
      .join('evaluate', (folds, { parameters }) => {
        if (parameters.needs !== '' && !existsSync(parameters.needs)) throw new Error('not there: ' + parameters.needs)
        return { scores: folds.map(({ score }) => score) }
      })`,
  )
  await writeFile(
    join(cwd, 'endless.ts'),
    `import { flow } from 'millrace/flow'
    export default flow('endless').step('first', () => ({})).step('wait', async () => await new Promise((r) => setTimeout(r, 1e8)))`,
  )
  await writeFile(
    join(cwd, 'wrong.ts'),
    `import { flow } from 'millrace/flow'
    export default flow('wrong').step('a', { timeout: 0 }, () => {}).step('a' as string, () => {})`,
  )
  await writeFile(join(cwd, 'none.ts'), 'export const x = 1')
  await writeFile(join(cwd, 'broken.ts'), "import './nowhere.ts'\nexport default 1")
})

const flow = async (...args: readonly string[]): Promise<Outcome> => await runMillrace(['flow', ...args], { cwd })

async function latestRun(name: string): Promise<{ pathspec: string; status: string; tags: string[] }> {
  const { stdout } = await flow('list', name, '--json')
  return (JSON.parse(stdout) as { pathspec: string; status: string; tags: string[] }[])[0]!
}

// util-linux's script gives a command a terminal.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

describe('millrace flow', () => {
  it('gives a flow its parameter "version", which the command has an option for too', async () => {
    await writeFile(
      join(cwd, 'deploying.ts'),
      `import { z } from ${zod}
      import { flow } from 'millrace/flow'
      export default flow('deploying', { parameters: { version: z.number().int() } })
        .step('say', ({ parameters }) => console.log('version', parameters.version))`,
    )
    const { stderr, code } = await flow('run', 'deploying.ts', '--version', '3')
    expect(stderr).toContain('version 3')
    expect(code).toBe(0)
  })

  it.skipIf(process.platform !== 'linux')('run says so where no folder can be made for it', async () => {
    const { code, stderr } = await flow('run', 'training.ts', '--root', '/proc/none')
    expect(stderr).toMatch(/^millrace: Cannot make the folder \/proc\/none\/training: .*\[STORAGE_FAILED\]\n$/)
    expect(code).toBe(1)
  })

  it.skipIf(!hasScript)('shows on a terminal what is running, and takes it away', async () => {
    const line = [process.execPath, COMMAND, 'flow', 'run', 'training.ts', '--max-workers', '1'].map(
      (arg) => `'${arg}'`,
    )
    const options = { cwd, env: cleanEnvironment({ TERM: 'xterm' }) }
    const { stdout } = await promisify(execFile)('script', ['-qec', line.join(' '), '/dev/null'], options)
    expect(stdout).toContain('0 done, running load/0\r\u001B[K')
    expect(stdout).toMatch(/\nRun \d+ completed in .*: tasks 5 run\r?\n$/)
  })

  it('run takes parameters as options, shows progress, and keeps the run', async () => {
    const { code, stdout, stderr } = await flow(
      'run',
      'training.ts',
      '--folds',
      '3',
      '--tag',
      'nightly',
      '--run-id-file',
      'id',
    )
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^Run training\/\d+\n\[load\/0\] loading 3 folds\n✓ load\/0 {2}\d+ ms\n/)
    expect(stderr).toMatch(/✓ fit\/2 .*✓ evaluate\/0 .*Run \d+ completed in .*: tasks 6 run\n$/s)
    const id = await readFile(join(cwd, 'id'), 'utf8')
    expect(await latestRun('training')).toMatchObject({
      pathspec: `training/${id}`,
      status: 'completed',
      tags: ['nightly'],
    })
    expect((await flow('list')).stdout).toMatch(new RegExp(`training/${id} +completed +20.* nightly\n`))
    expect((await flow('logs', `training/${id}/load`)).stdout).toBe('loading 3 folds\n')
    expect((await flow('card', `training/${id}`, '--output', '-')).stdout).toMatch(/^<!doctype html>.*\[ 0, 2, 4 \]/s)
    expect((await flow('card', `training/${id}/fit/1`, '--output', 'fit.html')).stdout).toBe(
      'The card is in fit.html.\n',
    )
    expect(await readFile(join(cwd, 'fit.html'), 'utf8')).toContain(`training/${id}/fit/1`)
    const { stdout: card } = await flow('card', `training/${id}`, '--output', 'run.html', '--json')
    expect(JSON.parse(card)).toEqual({ pathspec: `training/${id}`, file: join(cwd, 'run.html') })
    const both = await flow('card', `training/${id}`, '--output', '-', '--json')
    expect(both).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--output -') as string })
  })

  it('run prints events as JSON lines', async () => {
    const { stdout, stderr } = await flow('run', 'training.ts', '--json', '--folds=1')
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string })
    expect(events[0]).toMatchObject({ kind: 'run started', flowName: 'training' })
    expect(events.at(-1)).toMatchObject({ kind: 'run ended', status: 'completed', tasks: { run: 4 } })
    expect(stderr).toBe('')
  })

  it('run --help shows the parameters of the flow', async () => {
    const { stdout } = await flow('run', 'training.ts', '--help')
    expect(stdout).toContain('Usage: millrace flow run [options] <file>')
    expect(stdout).toContain('--folds  how many (default: 2, env: MILLRACE_RUN_FOLDS)')
  })

  it('resume goes on after a failure', async () => {
    const failed = await flow('run', 'training.ts', '--needs', 'file', '--quiet')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(/^✗ evaluate\/0 {2}Error: not there: file\n {4}at .*training\.ts:\d+/)
    expect(failed.stderr).toContain('evaluate/0 failed. What had finished is kept.')
    expect(failed.stderr.match(/not there: file/g)).toHaveLength(1)
    const [, command = ''] = /then: millrace (flow resume .*) \[TASK_FAILED\]\n$/.exec(failed.stderr) ?? []
    await writeFile(join(cwd, 'file'), '')
    const resumed = await runMillrace(command.split(' '), { cwd })
    expect(resumed.stderr).toMatch(/✓ load\/0 {2}taken over\n.*completed in .*: tasks 1 run, 4 taken over\n$/s)
    const again = await flow('resume', 'training.ts', 'fold')
    expect(again.stderr).toMatch(/tasks 4 run, 1 taken over/)
  })

  it('takes results from the cache when asked', async () => {
    await flow('run', 'training.ts', '--cache', '--folds', '4')
    expect((await flow('run', 'training.ts', '--cache', '--folds', '4')).stderr).toMatch(
      /tasks 0 run, 7 from the cache/,
    )
    expect((await flow('run', 'training.ts', '--folds', '4')).stderr).toMatch(/tasks 7 run\n/)
  })

  it('step runs one task of a run by itself', async () => {
    await flow('run', 'training.ts', '--folds', '2', '--needs', 'not-there', '--quiet')
    const [, id = ''] = (await latestRun('training')).pathspec.split('/')
    const fit = await flow(
      'step',
      'training.ts',
      '--run',
      id,
      '--step',
      'fit',
      '--task',
      '1',
      '--attempt',
      '1',
      '--json',
    )
    expect(JSON.parse(fit.stdout)).toMatchObject({
      attempt: 1,
      status: 'completed',
      stack: [{ step: 'fold', index: 1, count: 2 }],
    })
    const join = await flow('step', 'training.ts', '--run', id, '--step', 'evaluate')
    expect(join).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/evaluate\/0 failed: Error: not there/) as string,
    })
    const none = await flow('step', 'training.ts', '--run', id, '--step', 'fit', '--task', '7')
    expect(none).toMatchObject({ code: 4, stderr: expect.stringMatching(/step "fit" has no task "7"/) as string })
  })

  it('run is stopped by Ctrl-C, and says how to go on', async () => {
    const child = startMillrace(['flow', 'run', 'endless.ts'], { cwd })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = outcomeOf(child)
    while (!existsSync(join(cwd, '.millrace/flows/endless'))) await delay(10)
    while (!(await readLatestSteps('endless')).includes('first')) await delay(10)
    child.kill('SIGINT')
    const { code, stderr } = await ended
    expect(code).toBe(130)
    expect(stderr).toMatch(
      /Stopping the tasks.*stopped in.*Go on with: millrace flow resume endless\.ts --origin-run-id \d+/s,
    )
    expect(await latestRun('endless')).toMatchObject({ status: 'stopped' })
  })

  it('show and check look at a flow without running it', async () => {
    expect((await flow('show', 'training.ts')).stdout).toBe(
      'training: a small flow\n\nload\nfold (foreach)\n  fit\nevaluate (join)\n',
    )
    expect((await flow('show', 'training.ts', '--mermaid')).stdout).toBe(
      `flowchart TD
  load[load]
  fold[/fold/]
  fit[fit]
  evaluate[evaluate]
  load --> fold
  fold -->|each| fit
  fit --> evaluate
`,
    )
    expect((await flow('check', 'training.ts')).stdout).toBe('The flow "training" can run: 4 steps, no problems.\n')
    const wrong = await flow('check', 'wrong.ts')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(
      /flow "wrong" in wrong\.ts cannot run: The step "a" is there twice\..* timeout 0.*\[INVALID_FLOW\]/,
    )
    expect(JSON.parse((await flow('check', 'wrong.ts', '--json')).stdout)).toMatchObject({
      problems: [{}, {}].map(() => expect.any(String) as string),
    })
  })

  it.each([
    [['run'], 2, /Which flow\? Name its file first/],
    [['run', 'nothing.ts'], 4, /There is no file .*nothing\.ts with a flow/],
    [['run', '.'], 4, /with a flow in it\. It is a folder/],
    [['run', 'training.ts', '--max-num-splits', '0'], 2, /maxNumSplits is 0/],
    [['run', 'training.ts', '--max-log-size', '-1'], 2, /maxLogBytes is -1000000/],
    [['run', 'training.ts', '--run-id-file', 'none.ts/id'], 1, /Cannot make the folder none\.ts: a part of the path/],
    [['run', 'none.ts'], 2, /none\.ts has no flow as its default export/],
    [['run', 'broken.ts'], 2, /Cannot import .*broken\.ts: .*nowhere\.ts/],
    [['run', 'wrong.ts'], 2, /flow "wrong" in .*cannot run/],
    [['run', 'training.ts', '--fodls', '3'], 2, /no parameter "fodls"\. Did you mean "folds"/],
    [['run', 'training.ts', '--folds', 'x'], 2, /"folds" is not valid: .*Found "x"/],
    [['run', 'training.ts', 'extra'], 2, /"extra" belongs to no option/],
    [['run', 'training.ts', '--with', 'magic'], 2, /--with.*Expected retry/],
    [['run', 'training.ts', '--max-workers', '0'], 2, /maxWorkers is 0/],
    [['resume', 'training.ts', '--origin-run-id', '5'], 4, /no run "5" of the flow "training"/],
    [['list', 'trainin'], 4, /no flow "trainin".*Did you mean "training"/],
    [['logs', 'training'], 2, /"training" is no pathspec/],
  ])('%j is refused', async (args, code, message) => {
    const outcome = await flow(...args)
    expect(outcome.stderr).toMatch(message)
    expect(outcome.code).toBe(code)
  })
})

async function readLatestSteps(name: string): Promise<string[]> {
  const { openFlows } = await import('../../src/flow/index.ts')
  const history = await openFlows({ root: join(cwd, '.millrace/flows') }).flow(name)
  const run = await history.latestRun()
  const steps = (await run?.steps()) ?? []
  const done = await Promise.all(steps.map(async (step) => (await step.task()).isSuccessful))
  return steps.filter((_, i) => done[i]).map((step) => step.name)
}
