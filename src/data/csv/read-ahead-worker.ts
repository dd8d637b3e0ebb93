/** The thread that reads chunks of a CSV file ahead. What it cannot read as usual it leaves to the thread that asked. */

import { parentPort } from 'node:worker_threads'
import { ChunkBoard, type ReadChunk } from './chunk-board.ts'
import { isText, readBytes } from './file-bytes.ts'
import { type Block, Kernel } from './kernel.ts'
import type { ReadAheadMessage, ReadAheadTask } from './read-ahead.ts'
import { readField } from './reading.ts'
import { type RowBatch, split, valuesPlace } from './tokenizer.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

parentPort!.on('message', (task: ReadAheadTask) => {
  const board = new ChunkBoard(task.size, task.board)
  const kernel = Kernel.join(task.kernel, task.slots[0]!)
  const slots = task.slots.map((place) => kernel.view(place))
  let hasBegun = false
  for (let slot = 0; ; slot = (slot + 1) % slots.length) {
    board.waitFor(slot)
    const chunk = board.claim()
    if (chunk === undefined) break
    board.hand(chunk, slot, read(task, board, kernel, chunk, slots[slot]!))
    if (!hasBegun) say('begun')
    hasBegun = true
  }
  say('done')
})

function say(message: ReadAheadMessage): void {
  parentPort!.postMessage(message, [])
}

/** Reads the rows that begin in a chunk, supposing that it does not begin inside quotes. */
function read(
  task: ReadAheadTask,
  board: ChunkBoard,
  kernel: Kernel,
  chunk: number,
  block: Block,
): ReadChunk | undefined {
  kernel.use(block)
  const length = readBytes(task.file, block.text, 0, block.length, chunk * task.chunkBytes - 1)
  const limit = Math.min(1 + task.chunkBytes, length)
  const from = firstRow(block.text, limit)
  if (from === limit) return undefined
  const { batch, consumed, problem } = split(kernel, length, task.format, { from, last: length < block.length, limit })
  const isComplete = batch.rowCount > 0 && consumed >= limit && problem === undefined
  if (!isComplete || !isText(block.text.subarray(from, consumed))) return undefined
  return { rowCount: batch.rowCount, from, consumed, fields: readFields(board, batch) }
}

/** Where the line begins that follows the first line break, passing over blank ones. */
function firstRow(text: Buffer, end: number): number {
  let at = 0
  while (at < end && !isLineBreak(text[at])) at++
  while (at < end && isLineBreak(text[at])) at++
  return at
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN
}

function readFields(board: ChunkBoard, batch: RowBatch): ReadChunk['fields'] {
  const { kernel, rowCount } = batch
  return Array.from({ length: batch.fieldCount }, (_, field) => {
    const reading = board.readingOf(field)
    kernel.loops.values.value = valuesPlace(batch, field)
    return readField(kernel, reading, field, 0, rowCount) === rowCount ? reading : 'none'
  })
}
