/** Databases of a PostgreSQL server of the tests' own: one for the whole run, started by the first test that asks. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { inject } from 'vitest'
import { freePort } from './free-port.ts'
import { isRoot, postgresCommand } from './postgres-command.ts'

export interface TestDatabase {
  readonly uri: string
  /** The rows of one statement, asked past Millrace. */
  readonly query: (statement: string) => Promise<readonly Record<string, unknown>[]>
  readonly remove: () => Promise<void>
}

/** A new empty database. */
export async function newPostgresDatabase(): Promise<TestDatabase> {
  const port = await serverPort()
  const uriOf = (database: string): string => `postgresql://millrace@127.0.0.1:${port}/${database}`
  const name = `test_${process.pid}_${++databases}`
  await query(uriOf('postgres'), `create database ${name}`)
  return {
    uri: uriOf(name),
    query: async (statement) => await query(uriOf(name), statement),
    remove: async () => {
      await query(uriOf('postgres'), `drop database ${name} with (force)`)
    },
  }
}

let databases = 0

async function query(uri: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: uri })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** The port of the server. Test files run in several processes: the one that makes the folder `starting` starts it. */
async function serverPort(): Promise<number> {
  const folder = inject('postgresFolder')
  const ready = join(folder, 'port')
  const isFirst = await mkdir(join(folder, 'starting')).then(
    () => true,
    () => false,
  )
  if (isFirst) writeFileSync(ready, String(await startServer(folder)))
  for (let waits = 0; !existsSync(ready) || readFileSync(ready, 'utf8') === ''; waits++) {
    if (waits > 600) throw new Error(`The PostgreSQL server in ${folder} did not start within 30 seconds.`)
    await setTimeout(50)
  }
  return Number(readFileSync(ready, 'utf8'))
}

async function startServer(folder: string): Promise<number> {
  if (isRoot()) execFileSync('chown', ['postgres', folder])
  else await chmod(folder, 0o700)
  const data = join(folder, 'data')
  await run(postgresCommand('initdb', '-D', data, '-U', 'millrace', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'))
  const port = await freePort()
  const settings = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories= -c fsync=off`
  await run(postgresCommand('pg_ctl', '-D', data, '-l', join(folder, 'log'), '-o', settings, '-w', 'start'))
  return port
}

async function run([program, ...args]: readonly string[]): Promise<void> {
  await promisify(execFile)(program!, args)
}
