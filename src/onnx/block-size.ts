/** What the runtime's kernels for blocked images do on this processor. */
import { block, input } from '../tensor/index.ts'
import { OnnxGraph } from './graph.ts'
import { lower } from './lower.ts'
import { Session } from './session.ts'

/** At least as many channels as any processor has in a block. */
const CHANNELS = 64

let detecting: Promise<number | undefined> | undefined

/**
 * How many channels ONNX Runtime puts into a block: 16 with AVX-512, 8 with AVX2. Undefined where it has no such kernels.
 * Found by looking where the second element of the first channel goes: behind a whole block.
 */
export function detectBlockSize(): Promise<number | undefined> {
  detecting ??= lookForBlocks().catch(() => undefined)
  return detecting
}

async function lookForBlocks(): Promise<number | undefined> {
  const graph = new OnnxGraph('block-size')
  const images = input('images', [1, CHANNELS, 1, 2])
  const name = graph.input('images', 'float32', images.shape)
  // Under the size of 64 nothing but the shape of the result is wrong, and the order is what is asked for.
  const [moved] = lower(graph, [block(images, CHANNELS)], new Map([[images, name]]))
  graph.output('moved', moved!, 'float32', [1, 1, 1, 2, CHANNELS])
  const data = new Float32Array(2 * CHANNELS)
  data[1] = 1
  await using session = await Session.load(graph.toBytes())
  const results = await session.run({ images: { dtype: 'float32', data, shape: [1, CHANNELS, 1, 2] } })
  const size = (results['moved']!.data as Float32Array).indexOf(1)
  return size > 1 ? size : undefined
}
