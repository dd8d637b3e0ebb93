/**
 * Reading a CSV file of a million rows and ten columns beside pandas.read_csv. Millrace is measured as it is published.
 * pandas is measured twice, since Millrace finds dates and pandas has to be told. Of the column `user` both read the texts
 * and leave it at that: pandas numbers none, Millrace numbers those of a column that hardly repeats when they are asked for.
 */
import { createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Random } from 'millrace/core'
import { type Comparison, pairedFigures } from './pairs.ts'
import { buildPublished } from './published.ts'
import { pythonWith, scriptPath, timeProgram } from './processes.ts'

const ROW_COUNT = 1_000_000
const ROUNDS = 5
const FOLDER = fileURLToPath(new URL('.data', import.meta.url))
const FILE = `${FOLDER}/mixed.csv`

const answerSchema = z.object({
  ms: z.number(),
  peakBytes: z.number(),
  rows: z.literal(ROW_COUNT),
  version: z.string(),
})

type Measurement = z.infer<typeof answerSchema>

interface Round {
  readonly millrace: Measurement
  readonly plain: Measurement
  readonly dated: Measurement
}

/** @throws PeerMissing when the Python interpreter has no pandas */
export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['pandas'])
  mkdirSync(FOLDER, { recursive: true })
  if (!existsSync(FILE)) await pipeline(Readable.from(lines()), createWriteStream(FILE))
  const module = buildPublished()('dist/data/index.js')
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const millrace = await measureMillrace(module)
    rounds.push({ millrace, plain: await measurePandas(python), dated: await measurePandas(python, 'day') })
  }
  return [
    compareTimes('pandas leaves dates as text', rounds, 'plain'),
    compareTimes('pandas is told of the dates', rounds, 'dated'),
    comparePeaks(rounds),
  ]
}

function compareTimes(how: string, rounds: readonly Round[], peer: 'plain' | 'dated'): Comparison {
  const { ours, theirs, ratio } = pairedFigures(rounds.map((round) => [round.millrace.ms, round[peer].ms]))
  const faster = 1 / ratio
  return {
    what: `reading CSV, a million rows and ten columns; ${how}`,
    millrace: `${(ours / 1000).toFixed(2)} s`,
    peer: `pandas ${rounds[0]!.plain.version}: ${(theirs / 1000).toFixed(2)} s`,
    ratio: `${faster.toFixed(2)} × as fast`,
    goal: '≥ 1 ×',
    met: faster >= 1,
  }
}

/** The most memory the whole process had, beside the size of the file. */
function comparePeaks(rounds: readonly Round[]): Comparison {
  const { ours, theirs } = pairedFigures(rounds.map(({ millrace, plain }) => [millrace.peakBytes, plain.peakBytes]))
  const { size } = statSync(FILE)
  return {
    what: `its peak of memory, of a file of ${megabytes(size)}`,
    millrace: megabytes(ours),
    peer: `pandas ${rounds[0]!.plain.version}: ${megabytes(theirs)}`,
    ratio: `${(ours / size).toFixed(2)} × the file`,
    goal: '≤ 2 × the file',
    met: ours <= 2 * size,
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}

/** Ten columns: whole numbers and decimals, few and many different texts, a boolean, a time; a twentieth missing. */
function* lines(): Generator<string> {
  const random = new Random(1)
  const cities = ['London', 'Paris', 'Berlin', 'Madrid', 'Rome', 'Vienna', 'Oslo']
  const orMissing = (text: string): string => (random.uniform() < 0.05 ? '' : text)
  yield 'id,price,ratio,count,city,user,active,day,score,note\n'
  for (let id = 0; id < ROW_COUNT; id++) {
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

async function measureMillrace(module: string): Promise<Measurement> {
  const script = `
    import { readCsv } from ${JSON.stringify(module)}
    const start = performance.now()
    const { rowCount: rows } = await readCsv(${JSON.stringify(FILE)})
    const ms = performance.now() - start
    console.log(JSON.stringify({ ms, rows, peakBytes: process.resourceUsage().maxRSS * 1024, version: '' }))
  `
  return measurement(await timeProgram(process.execPath, ['--input-type=module', '--eval', script]))
}

async function measurePandas(python: string, ...dates: readonly string[]): Promise<Measurement> {
  return measurement(await timeProgram(python, [scriptPath('csv_pandas.py'), FILE, ...dates]))
}

function measurement({ output }: { readonly output: string }): Measurement {
  return answerSchema.parse(JSON.parse(output))
}
