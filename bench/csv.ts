/**
 * Reading a CSV file of a million rows and ten columns beside pandas.read_csv, in turns in one run:
 *
 *     MILLRACE_PYTHON=.venv/bin/python node --conditions=source bench/csv.ts
 *
 * MILLRACE_PYTHON names an interpreter with bench/requirements.txt installed; default python3. Millrace is measured as it
 * is published, built into bench/.data. pandas is measured twice, since Millrace finds dates and pandas has to be told.
 */
import { execFileSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Random } from 'millrace/core'

const rowCount = 1_000_000
const rounds = 5
const folder = fileURLToPath(new URL('.data', import.meta.url))
const file = `${folder}/mixed.csv`

const answerSchema = z.object({ ms: z.number(), peakBytes: z.number(), rows: z.literal(rowCount), version: z.string() })

interface Measurement extends z.infer<typeof answerSchema> {
  /** The whole process, from its start to its end. */
  readonly processMs: number
}

/** Ten columns: whole numbers and decimals, few and many different texts, a boolean, a time; a twentieth missing. */
function* lines(): Generator<string> {
  const random = new Random(1)
  const cities = ['London', 'Paris', 'Berlin', 'Madrid', 'Rome', 'Vienna', 'Oslo']
  const orMissing = (text: string): string => (random.uniform() < 0.05 ? '' : text)
  yield 'id,price,ratio,count,city,user,active,day,score,note\n'
  for (let id = 0; id < rowCount; id++) {
    const fields = [
      id,
      orMissing((random.uniform() * 1000).toFixed(2)),
      random.uniform() * 2 - 1,
      orMissing(String(random.integer(100_000))),
      cities[random.integer(cities.length)],
      `user-${random.integer(1_000_000_000)}`,
      random.uniform() < 0.5,
      new Date(1.6e12 + random.integer(1e9) * 100).toISOString().slice(0, 19),
      orMissing((random.uniform() * 10).toFixed(6)),
      random.uniform() < 0.1 ? '"says ""hi"", twice"' : 'plain text',
    ]
    yield `${fields.join(',')}\n`
  }
}

/** Compiles the room data and what it needs; returns the path of its module. */
function build(): string {
  const repository = fileURLToPath(new URL('..', import.meta.url))
  const config = `${folder}/tsconfig.json`
  const compilerOptions = { rootDir: `${repository}src`, outDir: `${folder}/dist`, declaration: false }
  const include = ['core', 'data'].map((room) => `${repository}src/${room}`)
  const exclude = [`${repository}src/**/*.test.ts`]
  writeFileSync(
    config,
    JSON.stringify({ extends: `${repository}tsconfig.build.json`, compilerOptions, include, exclude }),
  )
  execFileSync(`${repository}node_modules/.bin/tsc`, ['-p', config], { stdio: 'inherit' })
  return `${folder}/dist/data/index.js`
}

function measure(command: string, args: readonly string[]): Measurement {
  const start = performance.now()
  const output = execFileSync(command, args, { encoding: 'utf8' })
  const processMs = performance.now() - start
  return { ...answerSchema.parse(JSON.parse(output)), processMs }
}

function measureMillrace(module: string): Measurement {
  const script = `
    import { readCsv } from ${JSON.stringify(module)}
    const start = performance.now()
    const { rowCount: rows } = await readCsv(${JSON.stringify(file)})
    const ms = performance.now() - start
    console.log(JSON.stringify({ ms, rows, peakBytes: process.resourceUsage().maxRSS * 1024, version: '' }))
  `
  return measure(process.execPath, ['--input-type=module', '--eval', script])
}

function measurePandas(...dates: readonly string[]): Measurement {
  const script = fileURLToPath(new URL('csv_pandas.py', import.meta.url))
  return measure(process.env['MILLRACE_PYTHON'] ?? 'python3', [script, file, ...dates])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

mkdirSync(folder, { recursive: true })
if (!existsSync(file)) await pipeline(Readable.from(lines()), createWriteStream(file))
const fileBytes = statSync(file).size
const module = build()
const results = Array.from({ length: rounds }, () => ({
  millrace: measureMillrace(module),
  plain: measurePandas(),
  dated: measurePandas('day'),
}))
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
console.log(`CSV, ${rowCount} rows, 10 columns, ${megabytes(fileBytes)}; ratios are Millrace / pandas, goal 1`)
for (const [name, key] of [
  ['pandas with parse_dates', 'dated'],
  ['pandas as it comes (dates stay text)', 'plain'],
] as const) {
  const inProcess = median(results.map((round) => round.millrace.ms / round[key].ms))
  const whole = median(results.map((round) => round.millrace.processMs / round[key].processMs))
  const ms = median(results.map((round) => round[key].ms))
  const processMs = median(results.map((round) => round[key].processMs))
  console.log(
    `beside ${name} ${results[0]!.plain.version}: ratio ${inProcess.toFixed(2)} (pandas ${ms.toFixed(0)} ms), ` +
      `with process start ${whole.toFixed(2)} (pandas ${processMs.toFixed(0)} ms), ` +
      `pandas peak ${megabytes(median(results.map((round) => round[key].peakBytes)))}`,
  )
}
const peak = median(results.map(({ millrace }) => millrace.peakBytes))
console.log(
  `Millrace: ${median(results.map(({ millrace }) => millrace.ms)).toFixed(0)} ms, ` +
    `with process start ${median(results.map(({ millrace }) => millrace.processMs)).toFixed(0)} ms, ` +
    `peak ${megabytes(peak)}: ${(peak / fileBytes).toFixed(2)} times the file (goal 2)`,
)
