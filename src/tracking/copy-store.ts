import { MillraceError, shownUri } from '../core/index.ts'
import { copyTables } from './sql/copy-tables.ts'
import { openDatabase } from './sql/open-database.ts'

/** How much a copied store holds. */
export interface CopiedStore {
  readonly experiments: number
  readonly runs: number
  readonly metricPoints: number
  readonly registeredModels: number
}

/**
 * Copies a whole store into a new one, between SQLite files and PostgreSQL databases in any direction: with all ids,
 * deleted things included, in one transaction. Artifacts stay where they are; both stores point to them.
 *
 * @throws MillraceError INVALID_ARGUMENT when both are one, or the target holds anything, RESOURCE_DOES_NOT_EXIST when
 *   there is no source, STORE_INCOMPATIBLE when it holds what a new store has no place for; as openTracking besides
 */
export async function copyStore(sourceUri: string, targetUri: string): Promise<CopiedStore> {
  if (sourceUri === targetUri) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `Cannot copy the store ${shownUri(targetUri)} into itself. Name a new one.`,
    )
  }
  const source = await openDatabase(sourceUri, { create: false })
  try {
    const target = await openDatabase(targetUri)
    try {
      const counts = await copyTables(source, target)
      const of = (table: string): number => counts[table] ?? 0
      return {
        experiments: of('experiments'),
        runs: of('runs'),
        metricPoints: of('metrics'),
        registeredModels: of('registered_models'),
      }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}
