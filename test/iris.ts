/** The iris flowers and a configuration of `systems/iris` for tests: the published file where it is, else flowers like those. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Random } from '../src/core/index.ts'
import { cleanEnvironment, type Outcome, outcomeOf } from './cli/run-millrace.ts'
import { sharedDataset } from './shared-datasets.ts'

export const HEADER = 'sepal_length,sepal_width,petal_length,petal_width,species'

const system = fileURLToPath(new URL('../systems/iris', import.meta.url))

/** Means in centimetres, as Fisher's flowers have them. */
const kinds = { setosa: [5, 3.4, 1.5, 0.2], versicolor: [5.9, 2.8, 4.3, 1.3], virginica: [6.6, 3, 5.6, 2] }

/** 150 rows as a CSV file without a header. */
export async function irisRows(): Promise<string> {
  const folder = sharedDataset('iris')
  if (folder !== undefined) return (await readFile(join(folder, 'iris.csv'), 'utf8')).replace(`${HEADER}\n`, '')
  const random = new Random(1936)
  const flower = (name: string, means: readonly number[]): string =>
    [...means.map((mean) => Math.max(0.1, mean * (1 + 0.07 * random.normal())).toFixed(1)), name].join(',')
  const rows = Object.entries(kinds).flatMap(([name, means]) => Array.from({ length: 50 }, () => flower(name, means)))
  return `${rows.join('\n')}\n`
}

/** The parts of a configuration, each with what differs from the usual. */
export interface Changes {
  readonly data?: object
  readonly preprocessing?: object
  readonly model?: object
  readonly training?: object
  readonly [key: string]: unknown
}

export interface IrisFolder extends AsyncDisposable {
  readonly path: string
  /** Writes a configuration whose places are in this folder, or in `root`, and returns its path. */
  configure(changes?: Changes, root?: string): Promise<string>
  /** Runs a program of the system to its end, as a process of its own. */
  run(program: string, ...args: readonly string[]): Promise<Outcome>
  /** The program that serves, once it answers. It is told to stop in the end, and has to do so in order. */
  serve(config: string): Promise<AsyncDisposable & { readonly url: string }>
}

/** @param env what programs find in their environment */
export async function irisFolder(env: Readonly<Record<string, string>> = {}): Promise<IrisFolder> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-iris-'))
  const start = (program: string, ...args: readonly string[]): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, ['--conditions=source', '--no-warnings', join(system, `${program}.ts`), ...args], {
      cwd: path,
      env: cleanEnvironment({ MILLRACE_DATASETS: '', ...env }),
    })
  return {
    path,
    run: async (program, ...args) => await outcomeOf(start(program, ...args)),
    serve: async (config) => await serving(start('serve', '--config', config, '--port', '0')),
    configure: async (changes, root = path) => {
      const file = join(path, 'config.json')
      await writeFile(file, JSON.stringify(configuration(root, changes)))
      return file
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

function configuration(root: string, { data, preprocessing, model, training, ...rest }: Changes = {}): object {
  return {
    seed: 7,
    data: { path: `${root}/iris.csv`, target_column: 'species', valid_size: 0.3, ...data },
    preprocessing: { scaling: 'standardize', output_dir: `${root}/features`, ...preprocessing },
    model: { name: 'mlp-classifier', params: { hidden: [8] }, ...model },
    training: {
      experiment_name: 'iris',
      run_name: 'try',
      model_path: `${root}/models/try`,
      tracking: 'on',
      lr: 0.05,
      weight_decay: 0.0001,
      max_epochs: 20,
      batch_size: 16,
      val_frequency: 1,
      patience: -1,
      ...training,
    },
    ...rest,
  }
}

async function serving(program: ChildProcessWithoutNullStreams): Promise<AsyncDisposable & { readonly url: string }> {
  const ended = outcomeOf(program)
  const url = await new Promise<string>((resolve, reject) => {
    program.stdout.on('data', (text: Buffer) => {
      const found = /answers at (\S+)\. /.exec(String(text))?.[1]
      if (found !== undefined) resolve(found)
    })
    program.once('close', () => reject(new Error('serve.ts ended before it answered.')))
  })
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      program.kill('SIGTERM')
      const { code, stderr } = await ended
      if (code !== 0) throw new Error(`serve.ts ended with ${code}: ${stderr}`)
    },
  }
}

/** Posts JSON, or a text as it is, to /predict. */
export async function ask(url: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(`${url}/predict`, { method: 'POST', body: text })
  return { status: answer.status, body: await answer.json() }
}
