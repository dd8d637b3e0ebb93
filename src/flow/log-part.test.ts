import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFlowFolder } from '../../test/flow/temporary.ts'
import { readLogPart } from './log-part.ts'

const folder = await temporaryFlowFolder()

test.each([4, 5, 7, 100])('cuts between characters, also with %d bytes at once', async (maxBytes) => {
  const path = join(folder, `${maxBytes}.log`)
  const text = 'a ü → 🐧\n'
  await writeFile(path, text)
  const parts: string[] = []
  let offset = 0
  for (let asked = 0; asked < 20; asked++) {
    const part = await readLogPart(path, { offset, maxBytes })
    parts.push(part.text)
    offset = part.nextOffset
  }
  expect(parts.join('')).toBe(text)
  expect(offset).toBe(Buffer.byteLength(text))
})

test('waits for the rest of a character that is being written', async () => {
  const path = join(folder, 'half.log')
  await writeFile(path, Buffer.from('🐧').subarray(0, 2))
  expect(await readLogPart(path, { maxBytes: 100 })).toEqual({ text: '', nextOffset: 0, sizeBytes: 2 })
})

test('shows bytes that are no text, and nothing where there is no log', async () => {
  const path = join(folder, 'bytes.log')
  await writeFile(path, Buffer.from([0x80, 0x80]))
  expect((await readLogPart(path, { maxBytes: 100 })).nextOffset).toBe(2)
  expect((await readLogPart(join(folder, 'none.log'), { maxBytes: 100 })).text).toBe('')
})
