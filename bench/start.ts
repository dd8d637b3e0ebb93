/** How soon the command, as published, answers: `millrace --help` beside a Node that does nothing. */
import { type Comparison, measurePairs } from './pairs.ts'
import { timeProgram } from './processes.ts'
import { buildPublished } from './published.ts'

const ROUNDS = 15
const WITHIN_SECONDS = 0.15

export async function compare(): Promise<Comparison[]> {
  const command = buildPublished()('bin/millrace.js')
  await timeProgram(process.execPath, [command, '--help']) // reads the files into the system's cache
  const { ours, theirs, ratio, difference } = await measurePairs(
    ROUNDS,
    async () => (await timeProgram(process.execPath, [command, '--help'])).whole,
    async () => (await timeProgram(process.execPath, ['-e', '0'])).whole,
  )
  return [
    {
      what: 'start of the command: `millrace --help`',
      millrace: `${milliseconds(ours)} ms`,
      peer: `\`node -e 0\`: ${milliseconds(theirs)} ms`,
      ratio: `${ratio.toFixed(1)} × as long (${milliseconds(difference)} ms more)`,
      goal: `≤ ${milliseconds(WITHIN_SECONDS)} ms more`,
      met: difference <= WITHIN_SECONDS,
    },
  ]
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(0)
}
