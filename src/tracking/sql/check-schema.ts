/** Whether a database that is there already can be used: nothing that exists is ever migrated here. */
import { MillraceError } from '../../core/index.ts'
import { mlflowRevision } from './mlflow-schema.ts'
import { requiredColumns } from './tables.ts'

/** A schema as it was found. */
export interface FoundSchema {
  /** Each table with its columns. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>
  /** The rows of `revisionQuery`; not asked for where there is no such table. */
  readonly revisions: readonly unknown[]
  /** The rows of `otherWorkspaceQuery`; not asked for where there are no workspaces. */
  readonly otherWorkspaces: readonly unknown[]
}

export const revisionQuery = 'select version_num as found from alembic_version'

export const otherWorkspaceQuery = `select workspace as found from experiments where workspace <> 'default'
  union select workspace from registered_models where workspace <> 'default' limit 1`

/** The tables that rows of `table` and `column` speak of. */
export function tablesOf(rows: readonly Readonly<Record<string, unknown>>[]): FoundSchema['tables'] {
  const groups = Map.groupBy(rows, (row) => String(row['table']))
  return new Map([...groups].map(([table, columns]) => [table, new Set(columns.map((row) => String(row['column'])))]))
}

/**
 * `name` is what people call the database, `uri` what MLflow's command takes.
 *
 * @throws MillraceError STORE_INCOMPATIBLE for a schema that is older, incomplete or not MLflow's
 */
export function checkSchema(found: FoundSchema, { name, uri }: { name: string; uri: string }): void {
  const { tables, revisions, otherWorkspaces } = found
  const refuse = (reason: string): MillraceError =>
    new MillraceError('STORE_INCOMPATIBLE', `Cannot use ${name} as a tracking database: ${reason}.`)
  if (!tables.has('alembic_version')) {
    const some = [...tables.keys()].slice(0, 5).join(', ')
    throw refuse(`it holds other tables (${some}) but no MLflow schema. Choose another one`)
  }
  const missing = missingColumns(tables)
  if (missing.length > 0) {
    throw refuse(
      `its schema (revision ${firstOf(revisions) ?? 'none'}) is older than ${mlflowRevision} or incomplete: it lacks ` +
        `${missing.slice(0, 5).join(', ')}. Keep a copy of it and bring it up to date with: mlflow db upgrade ${uri}. ` +
        'If a newer MLflow made it, update Millrace instead',
    )
  }
  // Names repeat between workspaces, which this store cannot tell apart: it would change the wrong rows.
  const workspace = firstOf(otherWorkspaces)
  if (workspace === undefined) return
  throw refuse(`it holds more than one workspace ("${workspace}" too), which is not supported`)
}

function firstOf(rows: readonly unknown[]): string | undefined {
  const [row] = rows as readonly { readonly found: unknown }[]
  return row === undefined ? undefined : String(row.found)
}

function missingColumns(tables: FoundSchema['tables']): readonly string[] {
  return Object.entries(requiredColumns).flatMap(([table, columns]) =>
    columns.filter((column) => tables.get(table)?.has(column) !== true).map((column) => `${table}.${column}`),
  )
}
