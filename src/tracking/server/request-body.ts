/** Bodies of requests: packed or plain, and never more of them than is taken. */
import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { systemErrorCode } from '../../core/index.ts'
import { HttpError, type HttpRequest } from './http.ts'

/** The whole body as text, without a mark of byte order. @throws HttpError as readBytes, and 400 when it is not UTF-8 */
export async function readText(request: HttpRequest, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes)
  try {
    return utf8.decode(bytes)
  } catch {
    throw new HttpError(400, 'INVALID_PARAMETER_VALUE', 'Bad Request. The body is not encoded as UTF-8.')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The whole body, unpacked where Content-Encoding is `gzip` or `deflate`. No more of it than `maxBytes` is kept.
 *
 * @throws HttpError 413 when it is larger, packed or unpacked; 400 when it cannot be unpacked
 */
export async function readBytes(request: HttpRequest, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of request.body) {
    size += piece.length
    if (size <= maxBytes) pieces.push(piece)
  }
  if (size > maxBytes) throw tooLarge(`has ${size} bytes`, maxBytes)
  return await unpacked(Buffer.concat(pieces), request.header('content-encoding'), maxBytes)
}

function tooLarge(found: string, maxBytes: number): HttpError {
  return new HttpError(413, 'REQUEST_LIMIT_EXCEEDED', `The body ${found}; at most ${maxBytes} are taken.`)
}

type Unpack = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

const encodings: ReadonlyMap<string, readonly Unpack[]> = new Map([
  ['gzip', [promisify(gunzip)]],
  // With a header, as the standard has it, or without, as some senders understand it.
  ['deflate', [promisify(inflate), promisify(inflateRaw)]],
])

async function unpacked(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return body
  const ways = encodings.get(name)
  if (ways === undefined) throw new HttpError(400, 'BAD_REQUEST', `Unsupported Content-Encoding: ${encoding}`)
  for (const unpack of ways) {
    try {
      return await unpack(body, { maxOutputLength: maxBytes })
    } catch (error) {
      if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('is larger when unpacked', maxBytes)
    }
  }
  throw new HttpError(400, 'BAD_REQUEST', `Failed to decompress ${name} payload`)
}
