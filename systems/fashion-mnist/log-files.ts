/** Files of a run that are made in memory. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inTemporaryFolder } from 'millrace/core'
import type { ActiveRun } from 'millrace/tracking'

/** Logs contents by name to a folder of the run's artifacts. */
export async function logFiles(
  run: ActiveRun,
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await inTemporaryFolder(async (place) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(place, name), content)
    await run.logArtifacts(place, folder)
  })
}
