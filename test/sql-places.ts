/** An empty place in each kind of database that a tracking store can be in, for suites that run on all of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresMissing } from './postgres-command.ts'
import { newPostgresDatabase } from './postgres.ts'

export interface SqlPlace {
  readonly trackingUri: string
  readonly remove: () => Promise<void>
}

interface Kind {
  readonly kind: string
  /** Why there are no such places here. */
  readonly missing: string | undefined
  readonly prepare: () => Promise<SqlPlace>
}

export const sqlPlaces: readonly Kind[] = [
  {
    kind: 'SQLite',
    missing: undefined,
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-sqlite-'))
      return {
        trackingUri: `sqlite:///${join(folder, 'mlflow.db')}`,
        remove: async () => await rm(folder, { recursive: true, force: true }),
      }
    },
  },
  {
    kind: 'PostgreSQL',
    missing: postgresMissing,
    prepare: async () => {
      const { uri: trackingUri, remove } = await newPostgresDatabase()
      return { trackingUri, remove }
    },
  },
]
