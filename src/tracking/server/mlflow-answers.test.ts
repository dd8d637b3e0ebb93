/** The requests of test/reference/tracking-server.py, which MLflow's own server answered; the same answers here. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type OpenPort, parseJson } from '../../core/index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

const stepSchema = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  data: z.unknown(),
  save: z.record(z.string(), z.string()),
  text: z.string().optional(),
  contentType: z.string().optional(),
  inBody: z.boolean().default(false),
  raw: z.boolean().default(false),
  status: z.number(),
  answer: z.unknown(),
})

type Step = z.infer<typeof stepSchema>

const file = new URL('../../../test/reference/tracking-server.json', import.meta.url)
const { steps } = parseJson(
  z.object({ steps: z.array(stepSchema) }),
  readFileSync(file, 'utf8'),
  'tracking-server.json',
)

interface Difference {
  readonly why: string
  /** Status and error code, where they differ too. */
  readonly status?: number
  readonly code?: string
}

const WORDING = { why: 'the message says more, or says it shorter' }

/** Where ours differs, and why. */
const different: Readonly<Record<string, Difference>> = {
  'a time with a fraction': { why: 'MLflow drops it without a word', status: 400, code: 'INVALID_PARAMETER_VALUE' },
  'an unknown status': { why: 'MLflow ignores it', status: 400, code: 'INVALID_PARAMETER_VALUE' },
  'archive where nothing is to be': {
    why: 'clients repeat a 500 for minutes',
    status: 400,
    code: 'INVALID_PARAMETER_VALUE',
  },
  'data set names': { why: 'a list of the page, which comes later', status: 404, code: 'ENDPOINT_NOT_FOUND' },
  'server info': { why: 'no presigned URLs, no gateway' },
  'the model with its alias': { why: 'newest versions have their aliases as well' },
  'too many runs': WORDING,
  'search models, too many': WORDING,
  'search with a broken token': WORDING,
  'a broken token': WORDING,
  'search with a broken filter': WORDING,
  'a broken filter': WORDING,
  'a broken order': WORDING,
  'search models, broken': WORDING,
  'history, none at all': WORDING,
  'a local source of a run': WORDING,
}

const timeKeys = new Set(['creation_time', 'last_update_time', 'creation_timestamp', 'last_updated_timestamp'])

let folder: string
let listening: OpenPort
const names: Record<string, string> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-wire-'))
  const server = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db') })
  listening = await listenTracking(server, { port: 0 })
})

afterAll(async () => {
  await listening.close()
  await rm(folder, { recursive: true, force: true })
})

describe("every request gets MLflow's answer", () => {
  it.each(steps)('$name', async (step) => {
    const { status, answer } = await ask(step)
    for (const [name, path] of Object.entries(step.save)) names[name] = String(valueAt(answer, path))
    const difference = different[step.name]
    if (difference !== undefined) {
      expect(comparable(answer)).not.toEqual(comparable(step.answer))
      expect(status).toBe(difference.status ?? step.status)
      expect(errorCode(answer)).toBe(difference.code ?? errorCode(step.answer))
      return
    }
    expect(status).toBe(step.status)
    expect(comparable(answer)).toEqual(comparable(step.answer))
  })
})

function errorCode(answer: unknown): unknown {
  return (answer as { error_code?: unknown } | null)?.error_code
}

async function ask(step: Step): Promise<{ status: number; answer: unknown }> {
  const data = filled(step.data)
  const [path, body] = [String(filled(step.path)), step.text ?? (data === null ? undefined : JSON.stringify(data))]
  const inQuery = step.method === 'GET' && !step.inBody
  const reply = await send(
    step.method,
    inQuery && data !== null ? `${path}?${queryOf(data as object)}` : path,
    inQuery ? undefined : body,
    step.text === undefined ? (step.contentType ?? 'application/json') : 'application/octet-stream',
  )
  if (step.raw) return { status: reply.status, answer: { text: reply.text, type: reply.type } }
  return { status: reply.status, answer: reply.text.trim() === '' ? null : JSON.parse(reply.text) }
}

/** By Node's own client: `fetch` sends no body with a GET, and tidies paths up. */
async function send(
  method: string,
  path: string,
  body: string | undefined,
  type: string,
): Promise<{ status: number; text: string; type: string | undefined }> {
  return await new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }
    const request = httpRequest({ port: listening.port, host: '127.0.0.1', method, path, headers }, (response) => {
      const { statusCode = 0, headers } = response
      void text(response).then((answer) => resolve({ status: statusCode, text: answer, type: headers['content-type'] }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

function queryOf(data: object): string {
  const pairs = Object.entries(data).flatMap(([key, value]) =>
    [value].flat().map((one): [string, string] => [key, String(one)]),
  )
  return new URLSearchParams(pairs).toString()
}

/** With the saved values put in. */
function filled(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole)
  if (Array.isArray(value)) return value.map(filled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, filled(inside)]))
}

/** Saved values by their names, without times, lists in an order of their own, errors in the sense of MLflow's. */
function comparable(value: unknown, key = ''): unknown {
  if (key === 'next_page_token') return '<token>'
  if (timeKeys.has(key) && typeof value === 'number') return '<time>'
  if (typeof value === 'string') return key === 'message' ? message(named(value)) : named(value)
  if (Array.isArray(value))
    return ordered(
      value.map((item) => comparable(item)),
      key,
    )
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([name]) => name !== 'workspace')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inside]) => [name, comparable(inside, name)]))
}

function named(value: string): string {
  return Object.entries(names).reduce(
    (text, [name, id]) => (id.length > 8 ? text.replaceAll(id, `<${name}>`) : text),
    value,
  )
}

/** MLflow adds the SQL that failed, and its own sets; a number of Python's has a fraction. */
function message(value: string): string {
  return value.replace(/ Error: \((sqlite3|raised)[^]*/, '').replace('(value=1.0)', '(value=1)')
}

/** Metrics, parameters, tags and the newest versions come in no promised order. */
function ordered(items: unknown[], key: string): unknown[] {
  const isSet = ['metrics', 'params', 'tags', 'latest_versions', 'model_versions'].includes(key)
  return isSet ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inside, key) => (inside as Record<string, unknown>)[key], value)
}
