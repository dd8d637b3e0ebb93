/** What the best network of the Fashion-MNIST system comes to in ten epochs, and the memory of the process that trains it. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { sharedDataset } from '../test/shared-datasets.ts'
import type { Comparison } from './pairs.ts'
import { PeerMissing, timeProgram } from './processes.ts'

const EPOCHS = 10
const LEAST_ACCURACY = 0.925
const MOST_MEBIBYTES = 1536

const answerSchema = z.object({ accuracy: z.number(), peakMebibytes: z.number() })

/** @throws PeerMissing when the images are not here */
export async function compare(): Promise<Comparison[]> {
  const folder = sharedDataset('fashion-mnist')
  if (folder === undefined)
    throw new PeerMissing('skipped: the folder "fashion-mnist" of MILLRACE_DATASETS is not there.')
  const program = fileURLToPath(new URL('ten-epochs-millrace.ts', import.meta.url))
  const { output } = await timeProgram(process.execPath, ['--conditions=source', program, folder, String(EPOCHS)])
  const { accuracy, peakMebibytes } = answerSchema.parse(JSON.parse(output))
  const none = { peer: '', ratio: '' }
  return [
    {
      what: 'the three-block network of Fashion-MNIST, ten epochs: test accuracy',
      millrace: accuracy.toFixed(4),
      ...none,
      goal: `≥ ${LEAST_ACCURACY}`,
      met: accuracy >= LEAST_ACCURACY,
    },
    {
      what: 'its peak of memory, of the whole process',
      millrace: `${Math.round(peakMebibytes)} MiB`,
      ...none,
      goal: '< 1.5 GiB',
      met: peakMebibytes < MOST_MEBIBYTES,
    },
  ]
}
