/** The command among others: pipes, terminals, Ctrl-C. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { cleanEnvironment, COMMAND, outcomeOf, runMillrace, startMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
const cwd = folder.path
const DESCRIBE = ['data', 'describe', 'penguins.csv']
const quoted = (args: readonly string[]): string => args.map((arg) => `'${arg}'`).join(' ')
const line = (args: readonly string[]): string => quoted([process.execPath, COMMAND, ...args])
const run = promisify(execFile)

afterAll(() => folder[Symbol.asyncDispose]())

describe.skipIf(process.platform === 'win32')('in a shell', () => {
  it('ends quietly when the reader of its output has seen enough', async () => {
    const script = `${line([...DESCRIBE, '--json'])} | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await run('bash', ['-c', script], { cwd, env: cleanEnvironment() })
    expect(stdout).toBe('{\n0\n')
    expect(stderr).toBe('')
  })

  it('goes on when nobody reads its messages any more', async () => {
    const script = `{ ${line(['data', 'describe', '--nope'])} 2>&1 >/dev/null; echo "$?" > code; } | true; until [ -s code ]; do sleep 0.05; done`
    await run('bash', ['-c', script], { cwd, env: cleanEnvironment() })
    expect(await readFile(join(cwd, 'code'), 'utf8')).toBe('2\n')
  })

  it.skipIf(!existsSync('/dev/full'))('says so when its output cannot be written', async () => {
    const script = `${line(DESCRIBE)} > /dev/full; echo "$?"`
    const { stdout, stderr } = await run('bash', ['-c', script], { cwd, env: cleanEnvironment() })
    expect(stdout).toBe('1\n')
    expect(stderr).toMatch(/^millrace: Cannot write to standard output: .*ENOSPC/)
  })
})

// util-linux's script gives a command a terminal.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

async function onTerminal(env: Record<string, string>): Promise<string> {
  const options = { cwd, env: cleanEnvironment({ TERM: 'xterm', ...env }) }
  return (await run('script', ['-qec', line(DESCRIBE), '/dev/null'], options)).stdout
}

describe.skipIf(!hasScript)('on a terminal', () => {
  it('headings are bold, and plain with NO_COLOR', async () => {
    expect(await onTerminal({})).toContain('\u001B[1mpenguins.csv')
    expect(await onTerminal({ NO_COLOR: '1' })).not.toContain('\u001B')
  })

  it('headings are plain away from one', async () => {
    expect((await runMillrace(DESCRIBE, { cwd })).stdout).not.toContain('\u001B')
  })
})

describe('Ctrl-C', () => {
  it.skipIf(process.platform === 'win32')(
    'ends a training as KILLED, with exit code 130 and what was logged',
    async () => {
      const child = startMillrace(
        ['train', 'penguins.csv', '--target', 'species', '--epochs', '1000000', '--folds', '0', '--register', 'never'],
        { cwd },
      )
      const ended = outcomeOf(child)
      child.stdin.end()
      await new Promise<void>((resolve) => {
        child.stderr.on('data', (text: Buffer) => {
          if (String(text).includes('Training on all')) resolve()
        })
      })
      setTimeout(() => child.kill('SIGINT'), 1500)
      const { code, stdout, stderr } = await ended
      expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
      expect(stderr).toContain('Stopping after the step under way')
      expect(stderr).toContain('millrace: interrupted.')

      const runs = JSON.parse((await runMillrace(['runs', 'list', '--json'], { cwd })).stdout) as {
        status: string
        params: Record<string, string>
        metrics: Record<string, number>
      }[]
      expect(runs).toHaveLength(1)
      expect(runs[0]).toMatchObject({ status: 'KILLED', params: { epochs: '1000000' } })
      expect(Object.keys(runs[0]!.metrics)).not.toEqual([])
      expect((await runMillrace(['models', 'list', '--json'], { cwd })).stdout).toBe('[]\n')
    },
  )
})
