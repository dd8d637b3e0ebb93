/** Commands that are not, options that are not, and things that are not there. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
const train = (...options: string[]): string[] => ['train', 'penguins.csv', '--target', 'species', ...options]

interface Case {
  readonly what: string
  readonly args: readonly string[]
  readonly code: number
  /** What the message says, piece by piece. */
  readonly says: readonly string[]
}

const wrongUse: readonly Case[] = [
  { what: 'an unknown command', args: ['trian'], code: 2, says: ["unknown command 'trian'", 'Did you mean train?'] },
  { what: 'an unknown sub-command', args: ['runs', 'lst'], code: 2, says: ["'lst'", 'Did you mean list?'] },
  { what: 'an unknown option', args: train('--epoch', '3'), code: 2, says: ["'--epoch'", 'Did you mean --epochs?'] },
  { what: 'an option without its value', args: ['train', 'x.csv', '--target'], code: 2, says: ['--target', 'missing'] },
  { what: 'a missing argument', args: ['train'], code: 2, says: ["'data'", '--help'] },
  { what: 'an argument too many', args: train('more'), code: 2, says: ['too many arguments', '--help'] },
  { what: 'text for a number', args: train('--epochs', 'x'), code: 2, says: ['--epochs', "'x'", 'whole number'] },
  { what: 'a choice there is not', args: train('--optimizer', 'lion'), code: 2, says: ["'lion'", 'adam, adamW, sgd'] },
  { what: 'no epochs', args: train('--epochs', '0'), code: 2, says: ['"epochs"', 'INVALID_CONFIG'] },
  { what: 'one fold', args: train('--folds', '1'), code: 2, says: ['folds is 1', 'at least 2'] },
  { what: 'a gate that is no rule', args: train('--gate', 'good'), code: 2, says: ['"good"', 'accuracy>=0.7'] },
  {
    what: 'a gate without folds',
    args: train('--gate', 'f1>1', '--folds', '0'),
    code: 2,
    says: ['at least two folds'],
  },
  { what: 'an alias without a name', args: train('--alias', 'champion'), code: 2, says: ['--alias', '--register'] },
  { what: 'an unknown kind of model', args: train('--kind', 'tree'), code: 2, says: ['"tree"', 'mlp-classifier'] },
  { what: 'no target', args: ['train', 'penguins.csv'], code: 2, says: ['--target', '--config'] },
  { what: 'an unknown key', args: train('--config', 'typo.yml'), code: 2, says: ['epochz', 'INVALID_CONFIG'] },
  { what: 'broken YAML', args: train('--config', 'broken.yml'), code: 2, says: ['broken.yml', 'line 2'] },
  {
    what: 'a list as configuration',
    args: train('--config', 'list.yml'),
    code: 2,
    says: ['list.yml', 'expected record'],
  },
  {
    what: 'no configuration file',
    args: train('--config', 'none.yml'),
    code: 2,
    says: ['none.yml: there is no such file'],
  },
  { what: 'a folder as configuration', args: train('--config', '.'), code: 2, says: ['this is a folder'] },
  {
    what: 'a configuration of a flow that is not there',
    args: ['flow', 'run', 'one.ts', '--config', 'none.yml'],
    code: 2,
    says: ['none.yml: there is no such file'],
  },
  { what: 'a port too high', args: ['serve', 'x', '--port', '99999'], code: 2, says: ["'99999'", '0 to 65535'] },
  { what: 'a port below 0', args: ['server', '--port=-1'], code: 2, says: ["'-1'", '0 to 65535'] },
  { what: 'text for a port', args: ['server', '--port', 'http'], code: 2, says: ["'http'", '0 to 65535'] },
  {
    what: 'a store to import that is not there',
    args: ['store', 'import', 'nowhere'],
    code: 4,
    says: ['nothing to import at nowhere', 'mlruns'],
  },
  {
    what: 'a store of another kind',
    args: ['runs', 'list', '--tracking-uri', 'mysql://localhost/store'],
    code: 2,
    says: ['mysql://localhost/store', 'postgresql://', 'sqlite:///'],
  },
  { what: 'a store that is not there', args: ['runs', 'list'], code: 4, says: ['mlflow.db', '--tracking-uri'] },
  {
    what: 'a model folder that is not there',
    args: ['predict', 'nowhere', '--input', 'penguins.csv'],
    code: 4,
    says: ['nowhere', 'models:/'],
  },
  {
    what: 'a schema that is not there',
    args: ['data', 'check', 'penguins.csv'],
    code: 4,
    says: ['penguins.csv.schema.json', '--write-schema'],
  },
  {
    what: 'a schema beside standard input',
    args: ['data', 'describe', '-', '--write-schema'],
    code: 2,
    says: ['--write-schema'],
  },
  { what: 'a single run to compare', args: ['runs', 'compare', 'abcd'], code: 2, says: ['at least two'] },
  {
    what: 'a file that is to hold a training',
    args: ['container', 'run', 'train', '--dir', 'penguins.csv', 'one.ts'],
    code: 1,
    says: ['penguins.csv', 'a file, not a folder', 'STORAGE_FAILED'],
  },
  {
    what: 'a file that is to hold a processing job',
    args: ['container', 'run', 'preprocess', '--dir', 'penguins.csv/x', 'one.ts'],
    code: 1,
    says: ['penguins.csv/x', 'a file, not a folder', 'STORAGE_FAILED'],
  },
  {
    what: 'an alias of nothing',
    args: ['models', 'alias', 'penguins', 'champion'],
    code: 2,
    says: ['a version or --delete'],
  },
]

describe('wrong use', async () => {
  afterAll(() => folder[Symbol.asyncDispose]())
  await writeFile(join(folder.path, 'typo.yml'), 'epochz: 3\n')
  await writeFile(join(folder.path, 'broken.yml'), 'epochs: [3\n')
  await writeFile(join(folder.path, 'list.yml'), '- 1\n')
  await writeFile(
    join(folder.path, 'one.ts'),
    "import { flow } from 'millrace/flow'\nexport default flow('one').step('a', () => ({}))",
  )

  it.each(wrongUse)('$what is refused, and leaves nothing behind', async ({ args, code, says }) => {
    const outcome = await runMillrace(args, { cwd: folder.path })
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toMatch(/^millrace: /)
    for (const piece of says) expect(outcome.stderr).toContain(piece)
    expect(outcome.stderr).not.toMatch(/^ +at /m)
    expect(existsSync(join(folder.path, 'mlflow.db'))).toBe(false)
  })
})
