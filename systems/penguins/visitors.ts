/** People who ask the model about penguins all the time, and notice when it fails to answer. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Table } from 'millrace/data'
import { z } from 'zod'

/** What the visitors met. */
export interface Visits {
  readonly answered: number
  readonly failed: number
  /** The versions that answered, in the order they first did. */
  readonly versions: readonly number[]
}

const answerSchema = z.object({ model: z.object({ version: z.number() }) })

/** Asks the server at `url` about one row after another until `signal` is aborted. */
export async function visit(url: string, rows: Table, signal: AbortSignal): Promise<Visits> {
  const records = rows.toRecords()
  const versions = new Set<number>()
  let [answered, failed] = [0, 0]
  for (let i = 0; !signal.aborted; i++) {
    try {
      const body = JSON.stringify(records[i % records.length])
      const response = await fetch(`${url}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const { model } = answerSchema.parse(await response.json())
      versions.add(model.version)
      answered += 1
    } catch {
      failed += 1
    }
    await pause(5)
  }
  return { answered, failed, versions: [...versions] }
}
