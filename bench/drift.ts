/**
 * A drift report of 100,000 × 20 against as many rows, as a whole program: start, reading two CSV files, the default
 * methods, one HTML file. Beside Evidently's DataDriftPreset doing the same. MILLRACE_EVIDENTLY_PYTHON names an
 * interpreter with evidently (and pandas < 3); default: MILLRACE_PYTHON.
 *
 * With MILLRACE_BENCH_LARGE=1 also 10,000,000 rows a side, which takes minutes and 4 GB of disk: time and memory.
 */
import { createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { Random } from 'millrace/core'
import { type Comparison, measurePairs } from './pairs.ts'
import { PeerMissing, pythonWith, scriptPath, timeProgram } from './processes.ts'

const ROUNDS = 3
const FOLDER = fileURLToPath(new URL('.data', import.meta.url))
const COMMAND = fileURLToPath(new URL('../bin/millrace.js', import.meta.url))

/** @throws PeerMissing when there is no interpreter with evidently */
export async function compare(): Promise<Comparison[]> {
  const files = await makeFiles(100_000)
  const [ours, theirs] = [`${FOLDER}/drift-millrace.html`, `${FOLDER}/drift-evidently.html`]
  const large = process.env['MILLRACE_BENCH_LARGE'] === undefined ? [] : [await measureLarge()]
  const python = await evidentlyPython()
  const {
    ours: seconds,
    theirs: peerSeconds,
    ratio,
  } = await measurePairs(
    ROUNDS,
    async () => (await timeProgram(process.execPath, [COMMAND, 'monitor', 'compare', ...files, '--html', ours])).whole,
    async () => (await timeProgram(python, [scriptPath('drift_evidently.py'), ...files, theirs])).whole,
  )
  const sizes = [ours, theirs].map((file) => statSync(file).size)
  const smaller = sizes[1]! / sizes[0]!
  return [
    {
      what: 'a drift report of 100,000 × 20, start and reading included',
      millrace: `${seconds.toFixed(2)} s`,
      peer: `Evidently: ${peerSeconds.toFixed(2)} s`,
      ratio: `${(1 / ratio).toFixed(1)} × as fast`,
      goal: '≥ 10 ×',
      met: 1 / ratio >= 10,
    },
    {
      what: 'its HTML file',
      millrace: `${Math.round(sizes[0]! / 1000)} kB`,
      peer: `Evidently: ${Math.round(sizes[1]! / 1000)} kB`,
      ratio: `${smaller.toFixed(0)} × smaller`,
      goal: '≤ 300 kB',
      met: sizes[0]! <= 300_000,
    },
    ...large,
  ]
}

async function evidentlyPython(): Promise<string> {
  const named = process.env['MILLRACE_EVIDENTLY_PYTHON']
  if (named !== undefined) process.env['MILLRACE_PYTHON'] = named
  return await pythonWith(['evidently']).catch((error: unknown) => {
    if (!(error instanceof PeerMissing)) throw error
    throw new PeerMissing(
      'skipped: there is no evidently. Name an interpreter that has it in MILLRACE_EVIDENTLY_PYTHON.',
    )
  })
}

/** Both sides of 10,000,000 rows: how long, and how much memory at most. */
async function measureLarge(): Promise<Comparison> {
  const files = await makeFiles(10_000_000)
  const size = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const measure = `process.on('exit', () => console.log('peak', process.resourceUsage().maxRSS)); process.argv.splice(1, 1, ${JSON.stringify(COMMAND)}); await import(${JSON.stringify(COMMAND)})`
  const args = ['--input-type=module', '--eval', measure, '--', 'millrace', 'monitor', 'compare', ...files]
  const { whole, output } = await timeProgram(process.execPath, args)
  const peak = 1024 * Number(/peak (\d+)/.exec(output)?.[1])
  return {
    what: `comparing 10,000,000 × 20 (${gigabytes(size)} of CSV)`,
    millrace: `${whole.toFixed(0)} s, ${gigabytes(peak)}`,
    peer: '',
    ratio: `${(peak / size).toFixed(2)} × the files`,
    goal: 'bounded',
    met: peak < size,
  }
}

/** Two CSV files with 12 numeric columns, 4 of whole numbers and 4 categorical ones, of which some drift. */
async function makeFiles(rowCount: number): Promise<readonly [reference: string, current: string]> {
  mkdirSync(FOLDER, { recursive: true })
  const make = async (side: number): Promise<string> => {
    const file = `${FOLDER}/drift-${side}-${rowCount}.csv`
    if (!existsSync(file)) await pipeline(Readable.from(lines(side, rowCount)), createWriteStream(file))
    return file
  }
  return [await make(0), await make(1)]
}

function* lines(side: number, rowCount: number): Generator<string> {
  const random = new Random(side)
  const numbers = Array.from({ length: 12 }, (_, i) => 1 + 0.02 * i * side)
  yield [...numbers.map((_, i) => `num${i}`), 'int0,int1,int2,int3,cat0,cat1,cat2,cat3\n'].join(',')
  for (let row = 0; row < rowCount; row++) {
    const values = numbers.map((deviation) => (random.normal() * deviation).toFixed(6))
    const wholes = [0, 1, 2, 3].map(() => random.integer(1000))
    const categories = [3, 4, 5, 6].map((count) => 'abcdef'[random.integer(count)])
    yield `${[...values, ...wholes, ...categories].join(',')}\n`
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}
