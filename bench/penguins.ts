/**
 * The penguins training as whole programs: bench/penguins-millrace.ts beside Keras with the JAX backend. Both train 5
 * folds and a final model, 50 epochs each; Millrace also tracks the run and registers the model.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Comparison, type PairedFigures, pairedFigures } from './pairs.ts'
import { type ProgramTimes, pythonWith, scriptPath, timeProgram } from './processes.ts'

const ROUNDS = 5
const GOAL = 10
const ACCURACY_NEEDED = 0.7
const PENGUINS = scriptPath('penguins-millrace.ts')
const DATA = scriptPath('../systems/penguins/data/penguins.csv')

const answerSchema = z.object({ accuracy: z.number(), version: z.string() })

/** @throws PeerMissing when the Python interpreter lacks one of the peer's packages */
export async function compare(): Promise<Comparison[]> {
  const python = await pythonWith(['keras', 'jax', 'sklearn', 'pandas'])
  const rounds: (readonly [ProgramTimes, ProgramTimes])[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push([await runMillrace(), await runKeras(python)])
  const figures = (of: 'whole' | 'afterStart'): PairedFigures =>
    pairedFigures(rounds.map(([ours, theirs]) => [ours[of], theirs[of]]))
  const { version } = keras(rounds[0]![1])
  return [
    comparison('penguins, whole program: 5 folds and a final model, 50 epochs each', figures('whole'), version),
    comparison('penguins, without start and imports', figures('afterStart'), version),
  ]
}

async function runMillrace(): Promise<ProgramTimes> {
  const cwd = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  try {
    const times = await timeProgram(process.execPath, ['--conditions=source', PENGUINS, DATA], { cwd })
    checkLearned('Millrace', lastLine(times, z.object({ accuracy: z.number() })).accuracy)
    return times
  } finally {
    await rm(cwd, { recursive: true })
  }
}

async function runKeras(python: string): Promise<ProgramTimes> {
  const times = await timeProgram(python, [scriptPath('penguins_keras.py'), DATA], { env: { KERAS_BACKEND: 'jax' } })
  checkLearned('Keras', keras(times).accuracy)
  return times
}

function keras(times: ProgramTimes): z.infer<typeof answerSchema> {
  return lastLine(times, answerSchema)
}

function lastLine<T>({ output }: ProgramTimes, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''))
}

/** A training that learns nothing may be as fast as it likes. */
function checkLearned(who: string, accuracy: number): void {
  if (!(accuracy >= ACCURACY_NEEDED)) throw new Error(`${who} reached an accuracy of ${accuracy} only.`)
}

function comparison(what: string, { ours, theirs, ratio }: PairedFigures, version: string): Comparison {
  const faster = 1 / ratio
  return {
    what,
    millrace: `${ours.toFixed(2)} s`,
    peer: `${version}: ${theirs.toFixed(2)} s`,
    ratio: `${faster.toFixed(2)} × as fast`,
    goal: `≥ ${GOAL} ×`,
    met: faster >= GOAL,
  }
}
