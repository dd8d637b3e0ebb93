/** Files of a run that are made in memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActiveRun } from 'millrace/tracking'

/** Logs contents by name to a folder of the run's artifacts. */
export async function logFiles(
  run: ActiveRun,
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'fashion-mnist-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(place, name), content)
    await run.logArtifacts(place, folder)
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}
