/**
 * Runs the benchmarks named on the command line, or all, and prints one table:
 *
 *     MILLRACE_PYTHON=.venv/bin/python npm run bench -- penguins step
 *
 * MILLRACE_PYTHON names an interpreter with bench/requirements.txt installed; default python3.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Comparison } from './pairs.ts'
import { PeerMissing } from './processes.ts'

interface Benchmark {
  compare(): Promise<Comparison[]>
}

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  penguins: () => import('./penguins.ts'),
  step: () => import('./step.ts'),
  cnn: () => import('./cnn.ts'),
  accuracy: () => import('./accuracy.ts'),
  'ten-epochs': () => import('./ten-epochs.ts'),
  augment: () => import('./augment.ts'),
  trees: () => import('./trees.ts'),
  csv: () => import('./csv.ts'),
  drift: () => import('./drift.ts'),
  start: () => import('./start.ts'),
  flow: () => import('./flow.ts'),
  serve: () => import('./serve.ts'),
  'serve-images': () => import('./serve-images.ts'),
  swap: () => import('./swap.ts'),
  'tracking-server': () => import('./tracking-server.ts'),
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const unknown = positionals.filter((name) => benchmarks[name] === undefined)
  if (unknown.length > 0) {
    say(`There is no benchmark "${unknown[0]}". There are: ${Object.keys(benchmarks).join(', ')}.`)
    process.exitCode = 2
    return
  }
  const chosen = positionals.length > 0 ? positionals : Object.keys(benchmarks)
  const found: Comparison[] = []
  for (const name of chosen) found.push(...(await measure(name)))
  if (found.length > 0) say(`\n${table(found)}\n\nOn ${availableParallelism()} cores, ${process.version}.`)
}

async function measure(name: string): Promise<Comparison[]> {
  say(`${name}: measuring …`)
  try {
    const benchmark = await benchmarks[name]!()
    return await benchmark.compare()
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error
    say(`${name}: ${error.message}`)
    return []
  }
}

/** As Markdown, ready to be put on a page. */
function table(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(
    ({ what, millrace, peer, ratio, goal, met }) =>
      `| ${[what, millrace, peer, ratio, goal, met ? 'met' : 'missed'].join(' | ')} |`,
  )
  return ['| what | Millrace | peer | ratio | goal | |', '|---|---|---|---|---|---|', ...rows].join('\n')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

await main()
