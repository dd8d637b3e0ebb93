/** Gives the whole run one place for a PostgreSQL server (see postgres.ts), and stops the server that tests started there. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { postgresCommand } from './postgres-command.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresFolder: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-'))
  provide('postgresFolder', folder)
  return async () => {
    const data = join(folder, 'data')
    if (existsSync(join(data, 'postmaster.pid'))) {
      const [program, ...args] = postgresCommand('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop')
      execFileSync(program!, args, { stdio: 'ignore' })
    }
    await rm(folder, { recursive: true, force: true })
  }
}
