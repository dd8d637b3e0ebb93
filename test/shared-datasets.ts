/** Published data sets that some tests run on, where they are beside the repository. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A folder with a folder for each data set; MILLRACE_DATASETS names another. */
const shelf = process.env['MILLRACE_DATASETS'] ?? fileURLToPath(new URL('../../shared/datasets', import.meta.url))

/** The folder of a data set, or undefined where it is not to be had. */
export function sharedDataset(name: string): string | undefined {
  return [`${shelf}/${name}`, `/usr/share/datasets/${name}`].find((folder) => existsSync(folder))
}
