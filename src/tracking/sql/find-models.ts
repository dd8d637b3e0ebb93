/** Looking up models and versions, with MLflow's words where there is none. */
import { type Selectable } from 'kysely'
import { MillraceError } from '../../core/index.ts'
import { type VersionNumber } from '../tracking-store.ts'
import { checkModelName, parseVersion } from '../registry-validation.ts'
import { deletedStage, modelColumns, versionColumns } from './load-models.ts'
import { type StoreContext } from './store-context.ts'
import { type Tables } from './tables.ts'

type Database = StoreContext['db']

/** @throws RESOURCE_DOES_NOT_EXIST */
export async function findModel(db: Database, name: string): Promise<Selectable<Tables['registered_models']>> {
  checkModelName(name)
  const row = await db.selectFrom('registered_models').select(modelColumns).where('name', '=', name).executeTakeFirst()
  if (row !== undefined) return row
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${name} not found`)
}

/** The row of a version that is not deleted. @throws RESOURCE_DOES_NOT_EXIST */
export async function findVersion(
  db: Database,
  name: string,
  version: VersionNumber,
): Promise<Selectable<Tables['model_versions']>> {
  checkModelName(name)
  const row = await db
    .selectFrom('model_versions')
    .select(versionColumns)
    .where('name', '=', name)
    .where('version', '=', parseVersion(version))
    .where('current_stage', '!=', deletedStage)
    .executeTakeFirst()
  if (row !== undefined) return row
  throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Model Version (name=${name}, version=${version}) not found`)
}
