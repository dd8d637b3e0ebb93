/**
 * The requests that `mlflow models serve` was sent for serve.json. To record its answers again:
 *
 *     MILLRACE_PYTHON=<a Python with mlflow, onnxruntime and fastapi> node test/reference/serve.ts
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelPackage } from '../../src/model/index.ts'
import { trainReferenceModels } from './model.ts'

/** One request and what MLflow answered. */
interface ServedAnswer {
  readonly status: number
  readonly body: unknown
}

/** Answers by request: of the classifier to all requests, of the regressor to the first. */
export interface ServeReference {
  readonly classifier: Readonly<Record<string, ServedAnswer>>
  readonly regressor: Readonly<Record<string, ServedAnswer>>
}

interface ReferenceRequest {
  readonly method?: string
  readonly path?: string
  readonly contentType?: string
  readonly body?: string
}

const row = {
  island: 'Biscoe',
  culmen_length_mm: 48.6,
  culmen_depth_mm: 16,
  flipper_length_mm: 230,
  body_mass_g: 5800,
  sex: 'MALE',
}
const other = { ...row, island: 'Torgersen', culmen_length_mm: 39.1, body_mass_g: 3750, flipper_length_mm: 181 }
const columns = Object.keys(row)
const { sex: _, ...withoutSex } = row
const byColumn = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value]]))

/** Requests by what they are about. Bodies that are given as text are no JSON, or JSON that JavaScript cannot write. */
export const referenceRequests: Readonly<Record<string, ReferenceRequest>> = {
  dataframe_split: json({ dataframe_split: { columns, data: [Object.values(row), Object.values(other)] } }),
  dataframe_records: json({ dataframe_records: [row, other] }),
  instances: json({ instances: [row] }),
  'instances by column': json({ instances: byColumn }),
  'inputs by column': json({ inputs: byColumn }),
  'missing values': json({ dataframe_records: [{ ...row, sex: null, body_mass_g: null }] }),
  'a further column': json({ dataframe_records: [{ ...row, colour: 'black' }] }),
  'a number as text': json({ dataframe_records: [{ ...row, body_mass_g: '5800' }] }),
  'a boolean for a number': json({ dataframe_records: [{ ...row, body_mass_g: true }] }),
  'unknown parameters': json({ dataframe_records: [row], params: { colour: 'black' } }),
  'NaN as Python writes it': { body: JSON.stringify({ dataframe_records: [row] }).replace('48.6', 'NaN') },
  'a character set': { ...json({ dataframe_records: [row] }), contentType: 'application/json; charset=utf-8' },
  'a missing column': json({ dataframe_records: [withoutSex] }),
  'text for a number': json({ dataframe_records: [{ ...row, body_mass_g: 'heavy' }] }),
  'no rows': json({ dataframe_records: [] }),
  'too short a row': json({ dataframe_split: { columns, data: [[1, 2]] } }),
  'two formats': json({ dataframe_records: [row], inputs: [row] }),
  'no format': json({ rows: [row] }),
  'a list': json([row]),
  'a text': json('row'),
  'split that is a list': json({ dataframe_split: [row] }),
  'records that are an object': json({ dataframe_records: row }),
  'broken JSON': { body: '{"inputs": [' },
  'no body': { body: '' },
  'another type': { contentType: 'application/xml', body: '<row/>' },
  'another character set': { contentType: 'application/json; charset=latin-1', body: '{}' },
  'GET /invocations': { method: 'GET' },
  'GET /ping': { method: 'GET', path: '/ping' },
  'GET /health': { method: 'GET', path: '/health' },
  'GET /version': { method: 'GET', path: '/version' },
  'POST /ping': { path: '/ping', ...json({}) },
  'GET /nothing': { method: 'GET', path: '/nothing' },
}

function json(body: unknown): ReferenceRequest {
  return { body: JSON.stringify(body) }
}

/** The request as `fetch` takes it. */
export function toRequest(
  base: string,
  { method = 'POST', path = '/invocations', ...rest }: ReferenceRequest,
): Request {
  if (method === 'GET') return new Request(`${base}${path}`)
  const { contentType = 'application/json', body = '' } = rest
  return new Request(`${base}${path}`, { method, headers: { 'content-type': contentType }, body })
}

async function record(model: ModelPackage, names: readonly string[]): Promise<Record<string, ServedAnswer>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-serve-reference-'))
  const args = ['-m', 'mlflow', 'models', 'serve', '--env-manager', 'local', '--port', '5077', '--model-uri']
  const python = process.env['MILLRACE_PYTHON'] ?? 'python3'
  // MLflow starts a program that was installed beside it.
  const env = { ...process.env, PATH: `${dirname(python)}:${process.env['PATH']}` }
  const uri = await model.save(join(folder, 'model'))
  const server = spawn(python, [...args, uri], { env, stdio: 'inherit', detached: true })
  const base = 'http://127.0.0.1:5077'
  const isUp = async (): Promise<boolean> => (await fetch(`${base}/ping`).catch(() => undefined))?.ok === true
  try {
    while (!(await isUp())) await sleep(200)
    const answers: Record<string, ServedAnswer> = {}
    for (const name of names) answers[name] = await ask(toRequest(base, referenceRequests[name]!))
    return answers
  } finally {
    process.kill(-server.pid!)
    await once(server, 'close')
    // The process that answers outlives the one that started it by a moment.
    while (await isUp()) await sleep(100)
    await rm(folder, { recursive: true, force: true })
  }
}

async function ask(request: Request): Promise<ServedAnswer> {
  const reply = await fetch(request)
  const text = await reply.text()
  return { status: reply.status, body: text.startsWith('{') ? withoutTrace(JSON.parse(text)) : text }
}

function withoutTrace(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('stack_trace' in body)) return body
  const { stack_trace: _, ...rest } = body
  return rest
}

if (import.meta.main) {
  const { classifier, regressor } = await trainReferenceModels()
  const names = Object.keys(referenceRequests)
  const reference: ServeReference = {
    classifier: await record(classifier, names),
    regressor: await record(regressor, names.slice(0, 1)),
  }
  await writeFile(new URL('serve.json', import.meta.url), `${JSON.stringify(reference, null, 1)}\n`)
}
