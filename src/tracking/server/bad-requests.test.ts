/**
 * The bad requests of test/reference/bad-requests.py: refused as MLflow's own server refuses them, with its status, code
 * and message. Where it slips, ours refuses: by the rules below, each with its reason.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type AskedServer, askedServer, recordedSteps, type Step } from '../../../test/recorded-answers.ts'
import { type OpenPort } from '../../core/index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

interface Reply {
  readonly status: number
  readonly code?: string | undefined
  readonly message?: string | undefined
}

interface Rule {
  readonly why: string
  readonly of: RegExp
  /** Whether ours is what the rule asks for. */
  readonly holds: (ours: Reply, theirs: Reply, step: Step) => boolean
}

const refused = ({ status, code }: Reply): boolean => status === 400 && code === 'INVALID_PARAMETER_VALUE'
const sameKind = (ours: Reply, theirs: Reply): boolean => ours.status === theirs.status && ours.code === theirs.code

const rules: readonly Rule[] = [
  {
    why: 'MLflow takes a body that is no JSON object for an empty one, or answers 500',
    of: /: (broken JSON|a list|another type)$/,
    holds: (ours) => refused(ours) && /Bad Request\. (The body|Content-Type)/.test(ours.message ?? ''),
  },
  {
    why: 'MLflow drops all of a message with a value of the wrong kind, or fails later; ours names the value',
    of: /^(POST|PATCH|DELETE|GET) \S+: \w+ (\[.*\]|\{.*\}|'\w+'|'1\.5'|[\d.]+|True)$/,
    holds: (ours, _, { name }) => refused(ours) && namesField(ours, /: (\w+) /.exec(name)?.[1] ?? ''),
  },
  {
    why: 'MLflow ignores a status that there is none of',
    of: /^POST runs\/update: status 'NOPE'$/,
    holds: (ours) => refused(ours) && (ours.message ?? '').startsWith('Could not get run status'),
  },
  {
    why: 'clients repeat a 500 for minutes',
    of: /^(POST runs\/log-batch: nothing|experiments\/update of a deleted experiment)$/,
    holds: (ours, theirs) => ours.status === 400 && theirs.status === 500,
  },
  {
    why: 'the path of the request says which model',
    of: /^(POST|PATCH) logged-models\/\{model\}.*: model_id /,
    holds: ({ status }) => status === 200,
  },
  {
    why: 'the path of the request says which model, and nothing is done with it',
    of: /^(POST|PATCH) logged-models\/\{model\}.*: nothing$/,
    holds: ({ status }) => status === 200 || status === 400,
  },
  {
    why: 'which of several missing fields is named first',
    of: /^POST \S+: nothing$/,
    holds: (ours, theirs) =>
      sameKind(ours, theirs) && (ours.message ?? '').startsWith('Missing value for required parameter'),
  },
  {
    why: 'MLflow 3.17 refuses a search of experiments without max_results; its own documentation has a default',
    of: /^POST experiments\/search: (nothing|max_results left out)$/,
    holds: ({ status }) => status === 200,
  },
  {
    why: 'MLflow fails in its database where the experiment is not named, and says so in SQL',
    of: /^POST runs\/create: (nothing|experiment_id (left out|''))$/,
    holds: (ours) => refused(ours) && namesField(ours, 'experiment_id'),
  },
  {
    why: 'MLflow has made the model, or experiment, by a request before that ours has refused',
    of: /^POST (registered-models\/create: description left out|experiments\/create: tags .*)$/,
    holds: (ours) => ours.status === 200 || refused(ours),
  },
  {
    why: 'in words of its own, and with the place in the filter',
    of: /search for /,
    holds: (ours, theirs) => sameKind(ours, theirs) && (ours.message ?? '') !== '',
  },
  {
    why: 'one limit for pages everywhere, in one wording; MLflow lets some pass',
    of: /, at most (0|-1|50001|many)$/,
    holds: (ours) => refused(ours) && namesField(ours, 'max_results'),
  },
  {
    why: 'numbers as texts in the spelling of JSON and protocol buffers only: MLflow drops others',
    of: /^a value as the text '(nan|inf)'$/,
    holds: refused,
  },
  {
    why: 'MLflow checks what it needs of these one by one',
    of: /^GET model-versions\/get-download-uri: (name|version) /,
    holds: (ours) => refused(ours) && (ours.message ?? '').startsWith('Missing value'),
  },
  {
    why: "Windows' separators and zero characters lead elsewhere on some systems, and are refused on all",
    of: /^(download|upload|delete|list|get-artifact) '(\.\.(%5C|\\\\)x|a%00b)'/,
    holds: (ours) => refused(ours) && ours.message === 'Invalid path',
  },
  {
    why: 'MLflow sends the client to another path first',
    of: /^delete '\/+etc\/passwd'$/,
    holds: (ours) => refused(ours) && ours.message === 'Invalid path',
  },
  {
    why: 'there is no such path; MLflow answers with a page',
    of: /^(download|upload|delete) ''$/,
    holds: ({ status, code }) => status === 404 && code === 'ENDPOINT_NOT_FOUND',
  },
  {
    why: 'MLflow answers with a page, or looks for a run called None',
    of: /^get-artifact without a (path|run)$/,
    holds: (ours) => refused(ours) && (ours.message ?? '').startsWith('Missing value'),
  },
  {
    why: 'the path within the run, which is what was asked for',
    of: /^get-artifact '/,
    holds: (ours, theirs) => sameKind(ours, theirs) && (ours.message ?? '').startsWith('No such artifact'),
  },
]

function namesField({ message = '' }: Reply, field: string): boolean {
  return message.includes(`parameter '${field}`)
}

const steps = recordedSteps('bad-requests.json')
const groups = [
  ...Map.groupBy(
    steps,
    ({ name }) => /^[A-Z]+ [^ ]+(?=:)/.exec(name)?.[0] ?? 'things that are not there, limits and paths',
  ),
].map(([name, group]) => ({ name, group }))

let folder: string
let listening: OpenPort
let server: AskedServer
const used = new Set<Rule>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-bad-'))
  listening = await listenTracking(await createTrackingServer({ trackingUri: join(folder, 'mlflow.db') }), { port: 0 })
  server = askedServer(listening.port)
})

afterAll(async () => {
  await listening.close()
  await rm(folder, { recursive: true, force: true })
})

describe('bad requests', () => {
  it.each(groups)("to $name are refused as by MLflow's server", async ({ group }) => {
    const differing: unknown[] = []
    for (const step of group) {
      const { status, answer } = await server.ask(step)
      const ours = replyOf(status, answer)
      const theirs = replyOf(step.status, step.answer)
      if (status === step.status && (status === 200 || ours.message === theirs.message)) continue
      const rule = rules.find(({ of, holds }) => of.test(step.name) && holds(ours, theirs, step))
      if (rule === undefined) differing.push({ name: step.name, ours, theirs })
      else used.add(rule)
    }
    expect(differing).toEqual([])
  })

  it('need all the exceptions that are made here', () => {
    expect(rules.filter((rule) => !used.has(rule)).map(({ why }) => why)).toEqual([])
  })

  it('leave the server answering', async () => {
    expect((await fetch(`${listening.url}/health`)).status).toBe(200)
  })

  it('that are huge are refused without being kept, and the connection goes on', async () => {
    const small = await createTrackingServer({ trackingUri: join(folder, 'small.db'), maxBodyBytes: 1000 })
    const open = await listenTracking(small, { port: 0 })
    const body = JSON.stringify({ name: 'x'.repeat(2_000_000) })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${open.url}/api/2.0/mlflow/experiments/create`, { method: 'POST', body, headers })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error_code: 'REQUEST_LIMIT_EXCEEDED' })
    expect((await fetch(`${open.url}/health`)).status).toBe(200)
    await open.close()
  })
})

const errorSchema = z.object({ error_code: z.string(), message: z.string() })

function replyOf(status: number, answer: unknown): Reply {
  const error = errorSchema.safeParse(server.comparable(answer))
  return error.success ? { status, code: error.data.error_code, message: error.data.message } : { status }
}
