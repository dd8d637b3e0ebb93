/** Opening text files as UTF-8 bytes: unpacks gzip, converts other encodings, and says so when a file is no text. */

import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { asError, DataError, MillraceError, readAdvice } from '../core/index.ts'

/** How text files may be encoded. "latin1" is read as Windows writes it, which is "windows-1252". */
const encodings = ['utf-8', 'latin1', 'windows-1252', 'utf-16le', 'utf-16be'] as const

/** How a text file is encoded. Without it, what a byte order mark says, UTF-16 where that is plain to see, else UTF-8. */
export type Encoding = (typeof encodings)[number]

/** Bytes that come one piece after the other. */
export interface ByteSource extends AsyncDisposable {
  /** How many bytes there will be, where that is known. */
  readonly sizeBytes: number | undefined
  /** Where they are, if a file on a disk holds them as they come. */
  readonly place?: TextPlace
  /** Puts the next bytes into `target` from `offset` on. Returns how many; 0 is the end. */
  read(target: Uint8Array, offset: number): Promise<number>
}

/** A part of an open file, up to its end. */
export interface TextPlace {
  /** Closed with the source. */
  readonly file: FileHandle
  readonly start: number
  readonly sizeBytes: number
}

const headBytes = 4096
/** The first piece is smaller: it may be all that is wanted. */
const firstBytes = 1 << 19
const readAheadBytes = 1 << 21

/**
 * Opens a text file for reading as UTF-8 without a byte order mark. A name ending in .gz is unpacked.
 *
 * @throws DataError when it does not exist, cannot be read, is a folder, is empty, or is binary (naming what it is)
 */
export async function openText({ path, name }: TextFile, encoding?: Encoding): Promise<ByteSource> {
  const file = await openFile(path, name)
  try {
    const stat = await file.stat()
    const isPacked = path.endsWith('.gz')
    const bytes = isPacked ? unpacked(name, file) : fileSource(name, file, stat.size)
    const head = Buffer.alloc(headBytes)
    const length = await fill(bytes, head)
    if (length === 0) throw new DataError({ file: name }, 'The file is empty, with not even column names.')
    const mark = byteOrderMark(head)
    const actual = encoding ?? mark?.encoding ?? utf16Of(head.subarray(0, length)) ?? 'utf-8'
    if (!actual.startsWith('utf-16')) requireText(name, head.subarray(0, length))
    const start = mark?.length ?? 0
    const text = withHead(head.subarray(start, length), bytes)
    if (actual !== 'utf-8') return converted(name, text, actual)
    return isPacked || !stat.isFile() ? text : { ...text, place: { file, start, sizeBytes: stat.size } }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** All of a text file as UTF-8. Errors as openText, and for bytes that are not UTF-8. */
export async function readText(file: TextFile, encoding?: Encoding): Promise<Buffer> {
  await using source = await openText(file, encoding)
  const pieces: Buffer[] = []
  for await (const piece of piecesOf(source)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A text file, and what messages call it. */
export interface TextFile {
  readonly path: string
  readonly name: string
}

/** A file that can be read more than once; disposing of it removes it if it was only put there for the reading. */
export type LocalFile = TextFile & AsyncDisposable

/** The file at `path`, or for `-` a temporary copy of what comes from standard input. */
export async function localFile(path: string): Promise<LocalFile> {
  if (path !== '-') return { path, name: path, [Symbol.asyncDispose]: () => Promise.resolve() }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'standard-input')
    await pipeline(process.stdin, createWriteStream(copy))
    return { path: copy, name: 'standard input', [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Opens a file for reading. @throws DataError when it does not exist, cannot be read or is a folder */
export async function openFile(path: string, name = path): Promise<FileHandle> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (cause) {
    const reason = readAdvice(cause) ?? `cannot be read: ${asError(cause).message}`
    throw new DataError({ file: name }, `${reason[0]!.toUpperCase()}${reason.slice(1)}.`, { cause })
  }
  if (!(await file.stat()).isDirectory()) return file
  await file.close()
  throw new DataError({ file: name }, 'This is a folder. Name a file in it.')
}

const signatures: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a zip archive or an Excel workbook (.xlsx). Unpack it, or save the sheet as CSV'],
  ['\x1f\x8b', 'a gzip file. Give it a name that ends in .gz to have it unpacked'],
  ['PAR1', 'a Parquet file. Read it with readParquet, or give it a name that ends in .parquet'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook (.xls). Save the sheet as CSV'],
  ['SQLite format 3', 'a SQLite database. Export the table as CSV'],
  ['\x93NUMPY', 'a NumPy array. Save it as CSV or Parquet'],
  ['ARROW1', 'an Arrow file. Save it as Parquet'],
  ['%PDF', 'a PDF document'],
]

function requireText(file: string, head: Buffer): void {
  const start = head.toString('latin1', 0, 16)
  const known = signatures.find(([signature]) => start.startsWith(signature))
  if (known !== undefined) throw new DataError({ file }, `This is no text: it looks like ${known[1]}.`)
  if (!head.includes(0)) return
  throw new DataError(
    { file },
    'This is no text: it holds NUL bytes. If it is UTF-16 text, set the option encoding to "utf-16le" or "utf-16be".',
  )
}

function byteOrderMark(
  head: Buffer,
): { readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'; readonly length: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 }
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 }
  return undefined
}

/**
 * Which UTF-16 it is, of a table without a byte order mark: many of its characters are below 256, so that every second byte is
 * 0, and it has lines. Undefined where that is not so, or it would hold what no text does.
 */
function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const zeros = { even: 0, odd: 0 }
  head.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2 === 0 ? 'even' : 'odd'] += 1
  })
  const { even, odd } = zeros
  if ((even > 0 && odd > 0) || even + odd < head.length / 8) return undefined
  const encoding = even === 0 ? 'utf-16le' : 'utf-16be'
  // The last character may be cut off.
  const text = new TextDecoder(encoding).decode(head, { stream: true })
  // oxlint-disable-next-line no-control-regex
  return /[\r\n]/.test(text) && !/[\0-\x08\x0e-\x1f\ufffd]/.test(text) ? encoding : undefined
}

/** Reads ahead, so that the disk and whoever reads work at the same time. */
function fileSource(name: string, file: FileHandle, sizeBytes: number): ByteSource {
  let ahead = Buffer.allocUnsafeSlow(firstBytes)
  let used = 0
  let next = file.read(ahead, 0, ahead.length, null)
  const read: ByteSource['read'] = async (target, offset) => {
    const { bytesRead } = await next.catch((cause: unknown) => {
      throw unreadable(name, cause)
    })
    const copied = ahead.copy(target, offset, used, bytesRead)
    used += copied
    if (used === bytesRead && bytesRead > 0) {
      used = 0
      if (ahead.length < readAheadBytes) ahead = Buffer.allocUnsafeSlow(readAheadBytes)
      next = file.read(ahead, 0, ahead.length, null)
      // A failure is for whoever reads next; until then nobody waits for it.
      next.catch(() => undefined)
    }
    return copied
  }
  const close = async (): Promise<void> => {
    await next.catch(() => undefined)
    await file.close()
  }
  return { sizeBytes, read, [Symbol.asyncDispose]: close }
}

function unreadable(name: string, cause: unknown): MillraceError {
  const reason = `Cannot read ${name}: the system gives up (${asError(cause).message}).`
  return new MillraceError('STORAGE_FAILED', `${reason} Check the disk or the connection it is on.`, { cause })
}

function unpacked(name: string, file: FileHandle): ByteSource {
  const stream = file.createReadStream({ autoClose: false }).pipe(createGunzip())
  const source = pieceSource(stream, async () => {
    stream.destroy()
    await file.close()
  })
  const read: ByteSource['read'] = async (target, offset) => {
    try {
      return await source.read(target, offset)
    } catch (cause) {
      throw new DataError({ file: name }, `Cannot be unpacked as gzip: ${asError(cause).message}.`, { cause })
    }
  }
  return { ...source, read }
}

/** `source` in another encoding. */
function converted(name: string, source: ByteSource, encoding: Exclude<Encoding, 'utf-8'>): ByteSource {
  // "latin1" in the wild is what Windows writes, which has letters and the euro where Latin 1 has control characters.
  const decoder = new TextDecoder(encoding === 'latin1' ? 'windows-1252' : encoding, { fatal: true })
  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const piece of piecesOf(source)) yield Buffer.from(decoder.decode(piece, { stream: true }))
    yield Buffer.from(decoder.decode())
  }
  const text = pieceSource(pieces(), async () => source[Symbol.asyncDispose]())
  const read: ByteSource['read'] = async (target, offset) => {
    try {
      return await text.read(target, offset)
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause
      throw new DataError(
        { file: name },
        `The text is not ${encoding}. Set the option encoding (${encodings.join(', ')}).`,
        { cause },
      )
    }
  }
  return { ...text, read }
}

function withHead(head: Buffer, rest: ByteSource): ByteSource {
  let used = 0
  return {
    ...rest,
    read: (target, offset) => {
      if (used === head.length) return rest.read(target, offset)
      const copied = head.copy(target, offset, used)
      used += copied
      return Promise.resolve(copied)
    },
  }
}

function pieceSource(pieces: AsyncIterable<Buffer>, close: () => Promise<void>): ByteSource {
  const iterator = pieces[Symbol.asyncIterator]()
  let piece: Buffer = Buffer.alloc(0)
  const read: ByteSource['read'] = async (target, offset) => {
    while (piece.length === 0) {
      const next = await iterator.next()
      if (next.done === true) return 0
      piece = next.value
    }
    const copied = piece.copy(target, offset)
    piece = piece.subarray(copied)
    return copied
  }
  return { sizeBytes: undefined, read, [Symbol.asyncDispose]: close }
}

/** The bytes of `source` in pieces, each in memory of its own. */
async function* piecesOf(source: ByteSource): AsyncGenerator<Buffer> {
  for (;;) {
    const piece = Buffer.allocUnsafeSlow(1 << 16)
    const length = await source.read(piece, 0)
    if (length === 0) return
    yield piece.subarray(0, length)
  }
}

async function fill(source: ByteSource, target: Buffer): Promise<number> {
  let length = 0
  while (length < target.length) {
    const read = await source.read(target, length)
    if (read === 0) break
    length += read
  }
  return length
}
