/** Requests that MLflow's own server has answered (test/reference/tracking-server.py), asked again of another server. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type OpenPort, parseJson } from '../src/core/index.ts'
import { createTrackingServer, listenTracking } from '../src/tracking/server/index.ts'

const stepSchema = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  data: z.unknown().default(null),
  save: z.record(z.string(), z.string()).default({}),
  text: z.string().optional(),
  contentType: z.string().optional(),
  inBody: z.boolean().default(false),
  raw: z.boolean().default(false),
  headers: z.record(z.string(), z.string()).default({}),
  /** The part of the items of a list that is enough to tell them by. */
  only: z.string().optional(),
  status: z.number(),
  answer: z.unknown(),
})

export type Step = z.output<typeof stepSchema>

/** The steps in `file` of test/reference, in their order. */
export function recordedSteps(file: string): readonly Step[] {
  const content = readFileSync(new URL(`reference/${file}`, import.meta.url), 'utf8')
  return parseJson(z.object({ steps: z.array(stepSchema) }), content, file).steps
}

export interface Difference {
  readonly why: string
  /** Status and error code, where they differ too. */
  readonly status?: number
  readonly code?: string
}

/**
 * Tests that a new server of ours answers each request in `file` of test/reference as MLflow did, but for those in
 * `different`, which have to differ.
 */
export function answersLikeMlflow(file: string, different: Readonly<Record<string, Difference>>): void {
  describe(`every request of ${file} gets MLflow's answer`, () => {
    let folder: string
    let listening: OpenPort
    let server: AskedServer

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'millrace-wire-'))
      const tracking = await createTrackingServer({ trackingUri: join(folder, 'mlflow.db') })
      listening = await listenTracking(tracking, { port: 0 })
      server = askedServer(listening.port)
    })

    afterAll(async () => {
      await listening.close()
      await rm(folder, { recursive: true, force: true })
    })

    it.each(recordedSteps(file))('$name', async (step) => {
      const { status, answer } = await server.ask(step)
      const difference = different[step.name]
      if (difference !== undefined) {
        expect(server.comparable(answer)).not.toEqual(server.comparable(step.answer))
        expect(status).toBe(difference.status ?? step.status)
        expect(errorCode(answer)).toBe(status === 200 ? undefined : (difference.code ?? errorCode(step.answer)))
        return
      }
      expect(status).toBe(step.status)
      expect(server.comparable(answer)).toEqual(server.comparable(step.answer))
    })
  })
}

function errorCode(answer: unknown): unknown {
  return (answer as { error_code?: unknown } | null)?.error_code
}

interface Answer {
  readonly status: number
  readonly answer: unknown
}

export interface AskedServer {
  /** The server's answer to a step; what the step saves is put into later ones. */
  ask(step: Step): Promise<Answer>
  /** An answer without what differs from server to server: ids, times, orders, SQL in messages. */
  comparable(answer: unknown): unknown
}

/** The server on `port` of this machine. */
export function askedServer(port: number): AskedServer {
  const names: Record<string, string> = {}
  return {
    ask: async (step) => {
      const reply = await ask(port, step, names)
      for (const [name, path] of Object.entries(step.save)) names[name] = String(valueAt(reply.answer, path))
      return reply
    },
    comparable: (answer) => comparable(answer, names),
  }
}

type Names = Readonly<Record<string, string>>

async function ask(port: number, step: Step, names: Names): Promise<Answer> {
  const data = filled(step.data, names)
  const path = String(filled(step.path, names))
  const json = data === null ? undefined : JSON.stringify(data)
  const body = step.text === undefined ? json : String(filled(step.text, names))
  const inQuery = step.method === 'GET' && !step.inBody
  const reply = await send(
    port,
    step.method,
    inQuery && data !== null ? `${path}?${queryOf(data as object)}` : path,
    inQuery ? undefined : body,
    {
      'content-type': step.contentType ?? (step.text === undefined ? 'application/json' : 'application/octet-stream'),
      ...(filled(step.headers, names) as Record<string, string>),
    },
  )
  if (step.raw) return { status: reply.status, answer: { text: reply.text, type: reply.type } }
  const isJson = (reply.type?.includes('json') === true && reply.text.trim() !== '') || reply.text.startsWith('{')
  const answer: unknown = isJson ? JSON.parse(reply.text) : null
  const isPart = step.only !== undefined && reply.status === 200
  return { status: reply.status, answer: isPart ? onlyOf(answer, step.only ?? '') : answer }
}

function onlyOf(answer: unknown, part: string): unknown {
  return Object.fromEntries(
    Object.entries(answer as object).map(([key, value]: [string, unknown]) => [
      key,
      Array.isArray(value) ? value.map((item) => (item as Record<string, unknown>)[part]) : value,
    ]),
  )
}

/** By Node's own client: `fetch` sends no body with a GET, and tidies paths up. */
async function send(
  port: number,
  method: string,
  path: string,
  body: string | undefined,
  sent: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string; type: string | undefined }> {
  return await new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { ...sent, 'content-length': Buffer.byteLength(body) }
    const request = httpRequest({ port, host: '127.0.0.1', method, path, headers }, (response) => {
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
function filled(value: unknown, names: Names): unknown {
  if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole)
  if (Array.isArray(value)) return value.map((item) => filled(item, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, filled(inside, names)]))
}

const timeKeys = new Set([
  'creation_time',
  'last_update_time',
  'creation_timestamp',
  'creation_timestamp_ms',
  'last_updated_timestamp',
  'last_updated_timestamp_ms',
])

/** Saved values by their names, without times, lists in an order of their own, errors in the sense of MLflow's. */
function comparable(value: unknown, names: Names, key = ''): unknown {
  if (key === 'next_page_token') return '<token>'
  if (timeKeys.has(key) && (typeof value === 'number' || /^20\d\d-.*Z$/.test(String(value)))) return '<time>'
  // Fractions differ in their last digits by the order of a sum.
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(12))
  if (typeof value === 'string') return key === 'message' ? message(named(value, names)) : named(value, names)
  if (Array.isArray(value))
    return ordered(
      value.map((item) => comparable(item, names)),
      key,
    )
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([name]) => name !== 'workspace')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inside]) => [name, comparable(inside, names, name)]))
}

function named(value: string, names: Names): string {
  return Object.entries(names).reduce(
    (text, [name, id]) => (id.length > 8 ? text.replaceAll(id, `<${name}>`) : text),
    value,
  )
}

/** MLflow adds the SQL that failed, and its own sets; a number of Python's has a fraction. */
function message(value: string): string {
  return value.replace(/ Error: \((sqlite3|raised)[^]*/, '').replace('(value=1.0)', '(value=1)')
}

/** Lists in no promised order. */
const sets = new Set([
  'metrics',
  'params',
  'tags',
  'request_metadata',
  'assessments',
  'latest_versions',
  'model_versions',
])

function ordered(items: unknown[], key: string): unknown[] {
  return sets.has(key) ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inside, key) => (inside as Record<string, unknown>)[key], value)
}
