/** Help: every command has it, with examples, in the order of a model's life. */
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { commandsOf } from './commands.ts'
import { runMillrace } from './run-millrace.ts'

const cwd = tmpdir()
const commands = commandsOf()

describe('help', () => {
  it("lists the commands in the order of a model's life, with examples", async () => {
    const { code, stdout } = await runMillrace(['--help'], { cwd })
    expect(code).toBe(0)
    const listed = [...stdout.matchAll(/^ {2}([a-z]+)\b.*/gm)].map(([, name]) => name)
    expect(listed).toEqual([
      'data',
      'train',
      'flow',
      'runs',
      'models',
      'predict',
      'serve',
      'server',
      'users',
      'store',
      'gc',
      'monitor',
      'container',
      'package',
      'sagemaker',
      'help',
    ])
    expect(stdout).toContain('$ millrace train penguins.csv --target species')
  })

  it.each(commands.filter(({ command }) => command.commands.length === 0))(
    'of $name says what it is for, with examples that name it',
    async ({ name }) => {
      const { code, stdout } = await runMillrace([...name.split(' '), '--help'], { cwd })
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: millrace ${name}`)
      const [, examples = ''] = stdout.split('\nExamples:\n')
      expect(
        examples
          .trim()
          .split('\n')
          .every((line) => line.includes(`millrace ${name} `) || line.endsWith(`millrace ${name}`)),
      ).toBe(true)
      expect(examples).not.toBe('')
    },
  )

  it('describes every option and argument', () => {
    const undescribed = commands.flatMap(({ name, command }) =>
      [...command.options, ...command.registeredArguments]
        .filter(({ description }) => description === '')
        .map((one) => `${name} ${one.name()}`),
    )
    expect(undescribed).toEqual([])
  })

  it('names the version', async () => {
    expect((await runMillrace(['--version'], { cwd })).stdout).toBe(`${packageJson.version}\n`)
  })
})
