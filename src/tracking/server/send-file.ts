/** Artifacts as downloads, in whole or in part (RFC 9110, section 14). */
import { basename } from 'node:path'
import type { ByteRange, ObjectContent } from '../../storage/index.ts'
import { atPath, joined } from './artifact-paths.ts'
import { contentTypeOf } from './content-type.ts'
import { type HttpReply, type HttpRequest, jsonReply } from './http.ts'
import type { ServerContext } from './server-context.ts'

/** The file `path` below `root`, or the range of it that is asked for: of one file, as downloads that go on do. */
export async function sendFile(
  request: HttpRequest,
  { uris: { destination } }: ServerContext,
  path: string,
  root = '',
): Promise<HttpReply> {
  return await atPath(path, async () => {
    const object = joined(root, path)
    const asked = request.method === 'GET' ? request.header('range') : undefined
    if (asked === undefined) return download(path, await destination.openRead(object))
    const { sizeBytes, etag } = await destination.stat(object)
    const ifRange = request.header('if-range')
    const range = ifRange === undefined || ifRange === etag ? rangeOf(asked, sizeBytes) : 'everything'
    if (range === 'nothing') return outOfRange(path, asked, sizeBytes)
    return download(path, await destination.openRead(object, range === 'everything' ? undefined : range))
  })
}

/** The range that a header asks for. Several at once, and what is no range, may be answered with everything. */
function rangeOf(header: string, sizeBytes: number): ByteRange | 'everything' | 'nothing' {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header.trim()) ?? []
  if (from === '' && to === '') return 'everything'
  const first = from === '' ? Math.max(sizeBytes - Number(to), 0) : Number(from)
  const last = from === '' || to === '' ? Infinity : Number(to)
  if (last < first) return 'everything'
  return first < sizeBytes ? { first, last: Math.min(last, sizeBytes - 1) } : 'nothing'
}

function download(path: string, { sizeBytes, etag, range, pieces }: ObjectContent): HttpReply {
  const name = basename(path)
  const length = range === undefined ? sizeBytes : range.last - range.first + 1
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      'content-type': contentTypeOf(name),
      'content-length': String(length),
      'content-disposition': `attachment; filename=${quoted(name)}`,
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      ...(etag !== undefined && { etag }),
      ...(range !== undefined && { 'content-range': `bytes ${range.first}-${range.last}/${sizeBytes}` }),
    },
    body: pieces,
  }
}

function outOfRange(path: string, asked: string, sizeBytes: number): HttpReply {
  const message = `'${path}' has ${sizeBytes} bytes; the range asked for (${asked}) is not among them.`
  const reply = jsonReply({ error_code: 'INVALID_PARAMETER_VALUE', message }, 416)
  return { ...reply, headers: { ...reply.headers, 'content-range': `bytes */${sizeBytes}` } }
}

/** A name in a header: a bare word where it is one, else encoded as RFC 5987 has it, beside a plain form. */
function quoted(name: string): string {
  if (/^[\w.!#$&+^`|~-]+$/.test(name)) return name
  const plain = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, (character) => `\\${character}`)
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `"${plain}"; filename*=UTF-8''${encoded}`
}
