/** MLflow's own client tells its story to our server: what comes of it is what its own server made of it. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pythonHas, runPythonBeside } from '../../../test/python.ts'
import { parseJson } from '../../core/index.ts'
import { openTracking } from '../index.ts'
import { createTrackingServer, listenTracking } from './index.ts'

const script = fileURLToPath(new URL('../../../test/reference/tracking-server-client.py', import.meta.url))
const reference = new URL('../../../test/reference/tracking-server-client.json', import.meta.url)
const { found } = parseJson(z.object({ found: z.unknown() }), readFileSync(reference, 'utf8'), 'the reference')

describe.skipIf(!pythonHas('mlflow'))(
  "MLflow's client (skipped without a Python that has mlflow; set MILLRACE_PYTHON)",
  () => {
    it('logs, searches, registers and loads as with its own server', { timeout: 180_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-client-'))
      const trackingUri = join(folder, 'mlflow.db')
      const listening = await listenTracking(await createTrackingServer({ trackingUri }), { port: 0 })
      try {
        expect(await runPythonBeside(folder, script, listening.url)).toEqual(found)

        // Programs on this machine see the same artifacts by where they are.
        await using client = await openTracking({ trackingUri })
        const experiment = await client.getExperimentByName('story')
        const { items } = await client.searchRuns({
          experimentIds: [experiment!.experimentId],
          filter: "run_name = 'parent'",
        })
        const notes = await client.listArtifacts(items[0]!.info.runId, 'notes')
        expect(notes.map(({ path }) => path)).toEqual(['notes/a b.txt', 'notes/ünï.json'])
      } finally {
        await listening.close()
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
)
