/** The requests of test/reference/tracking-server.py and webhooks-server.py, which MLflow's own server answered; the same answers here. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AskedServer, askedServer, recordedSteps } from '../../../test/recorded-answers.ts'
import { type OpenPort } from '../../core/index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

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

describe.each(['tracking-server.json', 'webhooks-server.json'])("every request of %s gets MLflow's answer", (file) => {
  it.each(recordedSteps(file))('$name', async (step) => {
    const { status, answer } = await server.ask(step)
    const difference = different[step.name]
    if (difference !== undefined) {
      expect(server.comparable(answer)).not.toEqual(server.comparable(step.answer))
      expect(status).toBe(difference.status ?? step.status)
      expect(errorCode(answer)).toBe(difference.code ?? errorCode(step.answer))
      return
    }
    expect(status).toBe(step.status)
    expect(server.comparable(answer)).toEqual(server.comparable(step.answer))
  })
})

function errorCode(answer: unknown): unknown {
  return (answer as { error_code?: unknown } | null)?.error_code
}
