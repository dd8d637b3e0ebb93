/** From the body of a request to its rows: MLflow's payloads as JSON, or CSV. */
import { isUtf8 } from 'node:buffer'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asError, MillraceError } from '../core/index.ts'
import { readCsv, type TableTypes } from '../data/index.ts'
import { badRequest, HttpError, type HttpRequest } from './http.ts'
import { columnRows, describe, isObject, type RawRows, recordRows, splitRows } from './raw-rows.ts'

/** Rows and the switches that came with them. */
export interface Payload {
  readonly rows: RawRows
  readonly params: Readonly<Record<string, unknown>>
}

/**
 * The payload of `POST /invocations`: a JSON object with exactly one of `dataframe_split`, `dataframe_records`,
 * `instances` and `inputs`, and perhaps `params`; or CSV with a header.
 *
 * @throws HttpError 415 for another content type, 400 for what cannot be read
 */
export async function readInvocation(request: HttpRequest, takes: 'rows' | 'images'): Promise<Payload> {
  if (takes === 'images') return await readImagePayload(request)
  if (contentType(request, ['application/json', 'text/csv']) === 'text/csv') {
    return { rows: await readCsvBody(await request.body()), params: {} }
  }
  return readFormats(parseJsonBody(await request.body()))
}

/** As readInvocation; also takes a bare list of rows, or one bare row. */
export async function readPrediction(request: HttpRequest, takes: 'rows' | 'images'): Promise<Payload> {
  if (takes === 'images') return await readImagePayload(request)
  if (contentType(request, ['application/json', 'text/csv']) === 'text/csv') {
    return { rows: await readCsvBody(await request.body()), params: {} }
  }
  const content = parseJsonBody(await request.body())
  if (Array.isArray(content)) return { rows: recordRows(content, 'rows'), params: {} }
  if (isObject(content) && !formatNames.some((name) => Object.hasOwn(content, name))) {
    return { rows: recordRows([content], 'rows'), params: {} }
  }
  return readFormats(content)
}

/** The media type of a body. @throws HttpError 415 when it is none of `supported`, is not UTF-8, or is packed */
export function contentType(request: HttpRequest, supported: readonly string[]): string {
  const encoding = request.header('content-encoding') ?? 'identity'
  if (encoding !== 'identity') {
    throw unsupported(
      `The body is packed (Content-Encoding: ${encoding}), which this server does not read. Send it as it is.`,
    )
  }
  const header = request.header('content-type') ?? ''
  if (header === 'application/json') return header
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  if (!supported.includes(type)) {
    const listed = supported.map((name) => `'${name}'`).join(', ')
    throw unsupported(`This predictor only supports the following content types: Types: [${listed}]. Got '${type}'.`)
  }
  for (const parameter of parameters) {
    const [name, charset = ''] = parameter.split('=').map((part) => part.trim())
    if (name === 'charset' && !/^"?utf-?8"?$/.test(charset)) throw unsupported('The scoring server only supports UTF-8')
  }
  return type
}

/** @throws HttpError 400 when the body is no JSON; NaN and Infinity, which Python writes, are taken as such */
export function parseJsonBody(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw badRequest('Invalid input. Ensure that input is a valid UTF-8 encoded string.')
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  try {
    return JSON.parse(text)
  } catch (cause) {
    const plain = withoutPythonNumbers(text)
    if (plain !== text) return parseJsonBody(Buffer.from(plain))
    throw badRequest(
      `Invalid input. Ensure that input is a valid JSON formatted string. Error: ${asError(cause).message}`,
    )
  }
}

/** Python's json.dumps writes NaN for what is missing. Texts are left as they are. */
function withoutPythonNumbers(text: string): string {
  // A text without an end matches too: looking for its end from each quote in it would take quadratic time.
  return text.replaceAll(/"(?:[^"\\]+|\\[^])*"?|-?\bInfinity\b|\bNaN\b/g, (found) => {
    if (found.startsWith('"')) return found
    if (found === 'NaN') return 'null'
    return found.startsWith('-') ? '-1e999' : '1e999'
  })
}

const formats: Readonly<Record<string, (content: unknown) => RawRows>> = {
  dataframe_split: (content) => {
    if (isObject(content)) return splitRows(content, 'dataframe_split')
    throw badRequest(`Invalid input. Dataframe split format must be a dictionary. Got ${pythonKind(content)}.`)
  },
  dataframe_records: (content) => {
    if (Array.isArray(content)) return recordRows(content, 'dataframe_records')
    throw badRequest(`Invalid input. Dataframe records format must be a list of records. Got ${pythonKind(content)}.`)
  },
  instances: (content) => recordsOrColumns(content, 'instances'),
  inputs: (content) => recordsOrColumns(content, 'inputs'),
}

const formatNames = Object.keys(formats)

function readFormats(content: unknown): Payload {
  const expected = `The input must be a JSON dictionary with exactly one of the input fields {${formatNames.map((name) => `'${name}'`).join(', ')}}.`
  if (!isObject(content)) {
    throw badRequest(`Invalid input. ${expected} Received ${Array.isArray(content) ? 'a list' : describe(content)}.`)
  }
  const found = formatNames.filter((name) => Object.hasOwn(content, name))
  const [format] = found
  if (format === undefined || found.length > 1) {
    throw badRequest(
      `${expected} Received dictionary with input fields: [${found.map((name) => `'${name}'`).join(', ')}].`,
    )
  }
  const params = content['params'] ?? {}
  if (!isObject(params)) throw badRequest(`Invalid input. "params" must be an object. Got ${describe(params)}.`)
  return { rows: formats[format]!(content[format]), params }
}

/** What the body of a request to a model of images may be. */
export const imageTypes: readonly string[] = [
  'application/json',
  'multipart/form-data',
  'application/octet-stream',
  'application/x-image',
  ...['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'].map((format) => `image/${format}`),
]

/** Images: the bytes of one, the files of a form, or JSON with lists of base64 or numbers in place of rows. */
async function readImagePayload(request: HttpRequest): Promise<Payload> {
  const type = contentType(request, imageTypes)
  const body = await request.body()
  if (type === 'multipart/form-data') return { rows: imageRows(await formFiles(request, body)), params: {} }
  if (type !== 'application/json') return { rows: imageRows([body]), params: {} }
  const content = parseJsonBody(body)
  if (!isObject(content)) return { rows: imageRows(Array.isArray(content) ? content : [content]), params: {} }
  const { params = {}, ...fields } = content
  const list = fields['inputs'] ?? fields['instances'] ?? fields['image']
  const isList = Array.isArray(list) && !list.some(isObject)
  if (Object.keys(fields).length === 1 && isObject(params) && (isList || typeof list === 'string')) {
    return { rows: imageRows(isList ? list : [list]), params }
  }
  return readFormats(content)
}

function imageRows(images: readonly unknown[]): RawRows {
  return columnRows({ image: images }, 'inputs')
}

/** @throws HttpError 400 for a form that cannot be read, or that holds no file */
async function formFiles(request: HttpRequest, body: Uint8Array): Promise<readonly Uint8Array[]> {
  const headers = { 'content-type': request.header('content-type') ?? '' }
  const form = await new Response(new Uint8Array(body), { headers }).formData().catch((cause: unknown) => {
    throw badRequest(`Invalid input. The form cannot be read: ${asError(cause).message}`, { cause })
  })
  const files = [...form.values()].filter((value) => typeof value !== 'string')
  if (files.length > 0) return await Promise.all(files.map(async (file) => await file.bytes()))
  throw badRequest('Invalid input. The form holds no file. Send the image as the field "file".')
}

function recordsOrColumns(content: unknown, field: string): RawRows {
  if (Array.isArray(content)) return recordRows(content, field)
  if (isObject(content)) return columnRows(content, field)
  throw badRequest(
    `Invalid input. "${field}" must be a list of rows such as [{"column": value}], or an object of columns such as {"column": [value]}. Got ${describe(content)}.`,
  )
}

/** The names that MLflow's messages have for the kinds of JSON. */
function pythonKind(content: unknown): string {
  if (Array.isArray(content)) return 'list'
  return isObject(content) ? 'dictionary' : describe(content)
}

/** The reader of tables works on files; requests with CSV are few and large. */
async function readCsvBody(body: Uint8Array): Promise<RawRows> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-serve-'))
  try {
    const path = join(folder, 'body')
    await writeFile(path, body)
    // Every text is kept as it was sent; whether it is a number is for the signature to say.
    const { columnNames } = await readCsv(path)
    const types: TableTypes = Object.fromEntries(columnNames.map((name) => [name, 'string']))
    const table = await readCsv(path, { types })
    return {
      rowCount: table.rowCount,
      names: () => table.columnNames,
      column: (name) => (table.has(name) ? table.strings(name) : undefined),
    }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    const reason = error.message
      .replaceAll(`${join(folder, 'body')}, `, '')
      .replaceAll(join(folder, 'body'), 'the body')
    throw badRequest(`Failed to parse input as CSV: ${reason}`, { cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function unsupported(message: string): HttpError {
  return new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', message)
}
