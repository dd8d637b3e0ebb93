/** How PostgreSQL's own programs are started on this machine. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Why there can be no PostgreSQL server here, or undefined where there can. */
export const postgresMissing: string | undefined = findReason()

/** The command that runs `program`. PostgreSQL refuses to run as root: there it runs as its own user. */
export function postgresCommand(program: 'initdb' | 'pg_ctl', ...args: readonly string[]): readonly string[] {
  const path = join(findFolder() ?? '', program)
  return isRoot() ? ['runuser', '-u', 'postgres', '--', path, ...args] : [path, ...args]
}

/** Whether what the server writes has to belong to the user `postgres`. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The folder with pg_ctl: one of PATH, or where Debian's packages put it. */
function findFolder(): string | undefined {
  const packages = '/usr/lib/postgresql'
  const versions = existsSync(packages) ? readdirSync(packages).map((version) => join(packages, version, 'bin')) : []
  const folders = [...(process.env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':'), ...versions]
  return folders.find((folder) => existsSync(join(folder, 'pg_ctl')))
}

function findReason(): string | undefined {
  if (findFolder() === undefined) return 'there is no pg_ctl; install postgresql'
  if (isRoot() && !/^postgres:/m.test(readFileSync('/etc/passwd', 'utf8'))) return 'as root it needs a user "postgres"'
  return undefined
}
