/** image-transforms.json, read: small images and what Pillow and torchvision make of them. */
import { z } from 'zod'
import type { Image } from '../../src/images/index.ts'
import json from './image-transforms.json' with { type: 'json' }

const bytes = z.string().transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
const image = z.object({
  height: z.number(),
  width: z.number(),
  channels: z.union([z.literal(1), z.literal(3)]),
  data: bytes,
})

const reference = z
  .object({
    sources: z.record(z.string(), image),
    cases: z.array(
      z.object({
        source: z.string(),
        op: z.string(),
        parameters: z.record(z.string(), z.union([z.number(), z.string()])),
        expected: image,
      }),
    ),
    tensors: z.array(
      z.object({ source: z.string(), mean: z.array(z.number()), std: z.array(z.number()), expected: bytes }),
    ),
  })
  .parse(json)

export const sources: Readonly<Record<string, Image>> = reference.sources
export const cases: typeof reference.cases = reference.cases
export const tensors: typeof reference.tensors = reference.tensors
