/** Folders for the runs of tests. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/**
 * A folder that is removed when the tests of the file have ended; in memory where the system offers that, because a run
 * flushes many small files to disk.
 */
export async function temporaryFlowFolder(): Promise<string> {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const folder = await mkdtemp(join(parent, 'millrace-flow-'))
  afterAll(async () => await rm(folder, { recursive: true, force: true }))
  return folder
}
