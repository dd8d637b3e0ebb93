/** Measuring Millrace and a peer in turns, so that whatever else the machine does slows both. */

/** One line of the summary. */
export interface Comparison {
  readonly what: string
  readonly millrace: string
  readonly peer: string
  readonly ratio: string
  readonly goal: string
  readonly met: boolean
}

/** Medians over the rounds. */
export interface PairedFigures {
  readonly ours: number
  readonly theirs: number
  /** Ours divided by theirs, taken within each round. */
  readonly ratio: number
  /** Ours less theirs, taken within each round. */
  readonly difference: number
}

/** Calls both once a round, in turns as to who is first. */
export async function measurePairs(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<PairedFigures> {
  const pairs: (readonly [number, number])[] = []
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await ours()
      pairs.push([first, await theirs()])
    } else {
      const first = await theirs()
      pairs.push([await ours(), first])
    }
  }
  return pairedFigures(pairs)
}

/** @param pairs ours and theirs of each round */
export function pairedFigures(pairs: readonly (readonly [number, number])[]): PairedFigures {
  return {
    ours: median(pairs.map(([ours]) => ours)),
    theirs: median(pairs.map(([, theirs]) => theirs)),
    ratio: median(pairs.map(([ours, theirs]) => ours / theirs)),
    difference: median(pairs.map(([ours, theirs]) => ours - theirs)),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
