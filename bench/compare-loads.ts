/** One line of the summary for servers under load. */
import { type Comparison, type PairedFigures, pairedFigures } from './pairs.ts'
import type { Load } from './servers.ts'

interface LoadLine {
  /** What is asked of the servers. */
  readonly what: string
  /** The name of the other server. */
  readonly peer: string
  readonly connections: number
  /** How many times as many requests a second; none where it only informs. */
  readonly goal: number | undefined
}

/** @param rounds ours and theirs of each round @throws Error when requests failed */
export function compareLoads(
  rounds: readonly (readonly [ours: Load, theirs: Load])[],
  { what, peer, connections, goal }: LoadLine,
): Comparison {
  const failed = rounds.flat().reduce((sum, load) => sum + load.failed, 0)
  if (failed > 0) throw new Error(`${failed} requests failed.`)
  const of = (figure: 'requestsPerSecond' | 'p50' | 'p99'): PairedFigures =>
    pairedFigures(rounds.map(([ours, theirs]) => [ours[figure], theirs[figure]]))
  const { ours, theirs, ratio } = of('requestsPerSecond')
  const times = (side: 'ours' | 'theirs'): string =>
    `p50 ${milliseconds(of('p50')[side])}, p99 ${milliseconds(of('p99')[side])}`
  return {
    what: `${what}, ${connections} connection${connections === 1 ? '' : 's'}`,
    millrace: `${whole(ours)}/s; ${times('ours')}`,
    peer: `${peer}: ${whole(theirs)}/s; ${times('theirs')}`,
    ratio: `${ratio.toFixed(1)} ×`,
    goal: goal === undefined ? '—' : `≥ ${goal} ×`,
    met: goal === undefined || ratio >= goal,
  }
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function milliseconds(value: number): string {
  return `${value.toPrecision(2)} ms`
}
