/** The pages about the command: each command on them is run, in order, and says what the page says. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { commandsOf } from './commands.ts'
import { cleanEnvironment, COMMAND, temporaryFolder } from './run-millrace.ts'

const run = promisify(execFile)

interface Page {
  readonly name: string
  readonly text: string
  readonly examples: readonly { readonly command: string; readonly output: string }[]
}

const pages = ['first-model', 'command-line'].map((name): Page => {
  const text = readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/```sh\n((?:(?!```).)*?)```\n\n```text\n(.*?)```/gs)]
  return { name, text, examples: blocks.map(([, command = '', output = '']) => ({ command, output })) }
})

describe.skipIf(process.platform === 'win32').each(pages)('the page $name', ({ text, examples }) => {
  it('shows what its commands print', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder()
    const config = /```yaml\n(.*?)```/s.exec(text)?.[1]
    if (config !== undefined) await writeFile(join(folder.path, 'model.yml'), config)
    // Runs have other ids here than on the page; commands that name one take the one met in its place.
    const ids = new Map<string, string>()
    expect(examples.length).toBeGreaterThan(5)
    for (const { command, output } of examples) {
      const printed = await shell(withIds(command, ids), folder.path)
      const expected = output.replaceAll('/home/you/birds', folder.path)
      expect(shapeOf(printed), command).toBe(shapeOf(expected))
      expectNear(numbersOf(printed), numbersOf(expected), command)
      const found = idsIn(printed)
      idsIn(expected).forEach((id, position) => ids.set(id, found[position]!))
    }
  })
})

describe('docs/command-line.md', () => {
  it('has every command with its help', () => {
    const { text } = pages.find(({ name }) => name === 'command-line')!
    const commands = commandsOf().filter(({ command }) => command.commands.length === 0)
    for (const { name } of commands) {
      expect(text).toMatch(new RegExp(`^#+ millrace ${name}$`, 'm'))
      expect(text).toContain(`npx millrace ${name} --help`)
    }
    const headings = [...text.matchAll(/^#+ millrace (.*)$/gm)].map(([, name]) => name)
    expect(headings).toEqual(
      commandsOf()
        .map(({ name }) => name)
        .filter((name) => headings.includes(name)),
    )
  })
})

/** What `script` prints on a terminal, progress and all, whatever it exits with. */
async function shell(script: string, cwd: string): Promise<string> {
  const ours = script.replaceAll('npx millrace', `'${process.execPath}' '${COMMAND}'`)
  const { stdout } = await run('bash', ['-c', `exec 2>&1\n${ours}`], { cwd, env: cleanEnvironment() }).catch(
    (error: { stdout: string }) => error,
  )
  return stdout
}

function withIds(command: string, ids: ReadonlyMap<string, string>): string {
  let result = command
  for (const [there, here] of ids) {
    result = result.replaceAll(there, here).replaceAll(there.slice(0, 8), here.slice(0, 8))
  }
  return result
}

function idsIn(text: string): string[] {
  return text.match(/\b[0-9a-f]{32}\b/g) ?? []
}

const NUMBER = /(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*[a-z])/g

/** The text without what differs from run to run and machine to machine: ids, names, times, speeds and numbers. */
function shapeOf(text: string): string {
  return withoutMarks(text).replaceAll(NUMBER, '#').replaceAll(/[ -]+/g, ' ').trim()
}

function numbersOf(text: string): number[] {
  return (withoutMarks(text).match(NUMBER) ?? []).map((number) => Number(number.replaceAll(',', '')))
}

function withoutMarks(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')
    .replaceAll(/\b[a-z]+-[a-z]+-\d+\b/g, 'NAME')
    .replaceAll(/digest [0-9a-f]{8}/g, 'digest')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/[\d,]+ rows\/s/g, 'SPEED')
    .replaceAll(/v\d+\.\d+\.\d+|(?:linux|darwin|win32)-\w+/g, 'PLATFORM')
}

/** Processors round differently, and a training carries that on: scores may differ by a row or two of 344. */
function expectNear(actual: readonly number[], expected: readonly number[], what: string): void {
  expect(actual.length, what).toBe(expected.length)
  actual.forEach((number, i) => {
    expect(Math.abs(number - expected[i]!), `${what}: ${number} for ${expected[i]}`).toBeLessThanOrEqual(
      0.05 + 0.05 * Math.abs(expected[i]!),
    )
  })
}
