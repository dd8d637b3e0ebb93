/** MLflow's own client tells its stories to our server: what comes of them is what its own server made of them. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { pythonHas, runPythonBeside } from '../../../test/python.ts'
import { parseJson } from '../../core/index.ts'
import { openTracking, type TrackingClient } from '../index.ts'
import { newFernetKey } from '../webhooks/fernet.ts'
import { createTrackingServer, listenTracking, openUsers, type TrackingServerOptions } from './index.ts'

const reference = (name: string): string => fileURLToPath(new URL(`../../../test/reference/${name}`, import.meta.url))

/** Tells the story of a script to a new server, and then looks at its store from within. */
async function tellStory(
  name: string,
  options: TrackingServerOptions = {},
  look: (client: TrackingClient) => Promise<void> = async () => {},
): Promise<void> {
  const { found } = parseJson(
    z.object({ found: z.unknown() }),
    readFileSync(reference(`${name}.json`), 'utf8'),
    'the reference',
  )
  const folder = await mkdtemp(join(tmpdir(), 'millrace-client-'))
  const trackingUri = join(folder, 'mlflow.db')
  const listening = await listenTracking(await createTrackingServer({ trackingUri, ...options }), { port: 0 })
  try {
    expect(await runPythonBeside(folder, reference(`${name}.py`), listening.url)).toEqual(found)
    await using client = await openTracking({ trackingUri })
    await look(client)
  } finally {
    await listening.close()
    await rm(folder, { recursive: true, force: true })
  }
}

describe.skipIf(!pythonHas('mlflow'))(
  "MLflow's client (skipped without a Python that has mlflow; set MILLRACE_PYTHON)",
  () => {
    it('logs, searches, registers and loads as with its own server', { timeout: 180_000 }, async () => {
      await tellStory('tracking-server-client', {}, async (client) => {
        // Programs on this machine see the same artifacts by where they are.
        const experiment = await client.getExperimentByName('story')
        const { items } = await client.searchRuns({
          experimentIds: [experiment!.experimentId],
          filter: "run_name = 'parent'",
        })
        const notes = await client.listArtifacts(items[0]!.info.runId, 'notes')
        expect(notes.map(({ path }) => path)).toEqual(['notes/a b.txt', 'notes/ünï.json'])
      })
    })

    it('traces agents and judges them as with its own server', { timeout: 180_000 }, async () => {
      await tellStory('traces-client')
    })

    it('makes webhooks, and is told, as with its own server', { timeout: 180_000 }, async () => {
      const secretKey = newFernetKey()
      const webhooks = { secretKey, allowedSchemes: ['http'], allowPrivateAddresses: true, backoffMs: 1 }
      await tellStory('webhooks-client', { webhooks })
    })

    it.skipIf(!pythonHas('flask_wtf'))('makes users (skipped without flask-wtf)', { timeout: 180_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-client-'))
      const trackingUri = join(folder, 'mlflow.db')
      vi.stubEnv('MLFLOW_TRACKING_PASSWORD', 'correct horse battery')
      await (await openUsers(trackingUri)).createUser('root', 'correct horse battery', { isAdmin: true })
      const listening = await listenTracking(await createTrackingServer({ trackingUri, auth: true }), { port: 0 })
      try {
        expect(await runPythonBeside(folder, reference('users-client.py'), listening.url)).toEqual({
          made: ['ada', false, true],
          reads: ['mine', 'iris'],
          writes: ['PERMISSION_DENIED', 'PERMISSION_DENIED'],
          self: 'PERMISSION_DENIED',
          granted: 'EDIT',
          text: 'hello',
          nowWrites: ['RUNNING', 'PERMISSION_DENIED'],
          sees: [],
          admin: [['iris'], 'allowed'],
          gone: 'UNAUTHENTICATED',
        })
      } finally {
        vi.unstubAllEnvs()
        await listening.close()
        await rm(folder, { recursive: true, force: true })
      }
    })

    it('keeps prompts as with its own server', { timeout: 180_000 }, async () => {
      await tellStory('prompts-client')
    })
  },
)
