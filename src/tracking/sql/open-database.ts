/** From the URI of a database to the open database: SQLite's files and PostgreSQL's. */
import { dirname, resolve } from 'node:path'
import { type Clock, MillraceError, systemClock, shownUri } from '../../core/index.ts'
import { fileUriOf, localPathOf } from '../../storage/index.ts'
import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import { type OpenDatabase, type OpenDatabaseOptions } from './store-context.ts'

export interface DatabaseOptions {
  readonly clock?: Clock | undefined
  /** Default: `mlartifacts` beside the SQLite file, or in the working directory. */
  readonly artifactRoot?: string | undefined
  /** Default: 20,000. */
  readonly lockTimeoutMs?: number | undefined
  /** Default: true. */
  readonly create?: boolean | undefined
}

/**
 * The database of a tracking URI, with the options that hold for it and the URI of the folder that is the artifacts' by
 * default, where `mlflow-artifacts:/` is for who opens the database without a server.
 *
 * @throws MillraceError INVALID_ARGUMENT for a URI of no database, and as openSqlite and openPostgres
 */
export async function openDatabase(
  uri: string,
  options: DatabaseOptions = {},
): Promise<OpenDatabase & OpenDatabaseOptions & { readonly artifactFolder: string }> {
  const { clock = systemClock, lockTimeoutMs = 20_000, create = true } = options
  const file = isPostgres(uri) ? undefined : sqliteFile(uri)
  const folder = file === undefined ? '.' : dirname(file)
  const artifactFolder = absoluteUri(resolve(folder, 'mlartifacts'))
  const artifactRoot = options.artifactRoot === undefined ? artifactFolder : absoluteUri(options.artifactRoot)
  const common = { clock, artifactRoot, lockTimeoutMs, create }
  return {
    ...common,
    artifactFolder,
    ...(file === undefined ? await openPostgres(uri, common) : await openSqlite(file, common)),
  }
}

/** The SQLite file a tracking URI names, absolute; undefined for a database or a tracking server elsewhere. */
export function databaseFile(uri: string): string | undefined {
  return isPostgres(uri) || /^https?:/i.test(uri) ? undefined : sqliteFile(uri)
}

function isPostgres(uri: string): boolean {
  return /^postgres(ql)?(\+\w+)?:\/\//i.test(uri)
}

function sqliteFile(uri: string): string {
  const match = /^sqlite:\/\/\/(.+)$/s.exec(uri)
  if (match !== null && match[1] !== ':memory:') return resolve(match[1]!)
  const isPlainPath = uri !== '' && (!/^[a-z][a-z0-9+.-]+:/i.test(uri) || /^[a-z]:[\\/]/i.test(uri))
  if (isPlainPath) return resolve(uri)
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Cannot open tracking URI "${shownUri(uri)}". Write sqlite:///mlflow.db (relative), sqlite:////data/mlflow.db (absolute), ` +
      'a path, postgresql://user@host/database, or http://host:5000 for a server.',
  )
}

function absoluteUri(location: string): string {
  const path = localPathOf(location)
  return (path === undefined ? location : fileUriOf(path)).replace(/\/+$/, '')
}
