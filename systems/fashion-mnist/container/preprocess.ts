/**
 * Fashion-MNIST as a processing job: from the four IDX files to `train` and `test` for the training job and for PyTorch.
 *
 *     npx millrace container run preprocess --dir opt-ml systems/fashion-mnist/container/preprocess.ts
 */
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { defineProcessing } from 'millrace/container'
import { parseWith } from 'millrace/core'
import { takeImages } from 'millrace/images'
import { z } from 'zod'
import { type Part, readIdxPart, writePart } from '../dataset-files.ts'

const optionsSchema = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d*$/, { error: ({ input }) => `expected a number of images, such as 1000, found "${input}"` })
    .transform(Number)
    .default(Infinity),
})

export default defineProcessing({
  async process({ input, output, arguments: args, message, signal }) {
    const { values } = parseArgs({ args: [...args], options: { limit: { type: 'string' } } })
    const { limit } = parseWith(optionsSchema, values, 'The command line', 'INVALID_ARGUMENT')
    // The platform sets neither of the two; whoever starts the container may.
    const from = process.env['SM_CHANNEL_INPUT'] ?? input('input')
    const to = process.env['SM_OUTPUT_DATA_DIR'] ?? output('output')
    await mkdir(to, { recursive: true })
    const counts: string[] = []
    for (const part of ['train', 'test'] as const satisfies readonly Part[]) {
      const set = await readIdxPart(from, part)
      const count = Math.min(set.count, limit)
      signal.throwIfAborted()
      await writePart(
        to,
        part,
        takeImages(
          set,
          Uint32Array.from({ length: count }, (_, i) => i),
        ),
      )
      counts.push(`${count} images to ${part}`)
    }
    message(`${counts.join(', ')}.`)
  },
})
