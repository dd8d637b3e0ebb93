/** What PostgreSQL's and the network's error codes mean, for the person whose store it is and for the next attempt. */
import { setTimeout } from 'node:timers/promises'
import { asError, type ErrorCode, MillraceError, systemErrorCode } from '../../core/index.ts'

const conflict =
  'other clients kept changing the same rows. Try again; if it lasts, look for transactions that never end'
const unreachable = 'it cannot be reached. Check host, port and that the server runs'
const interrupted = 'the connection ended. Check the server and try again'
const full = 'the server has no room left. Free some and try again; nothing was changed'
const refused = 'it refuses user or password. Check both in the URI, or PGUSER and PGPASSWORD'
const unreadable =
  'its URI cannot be read. In user and password write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25'
const forbidden = 'the user of the URI may not do this. Check its rights'

/** By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), its class, or Node's code. */
const meanings: Readonly<Record<string, { readonly code: ErrorCode; readonly text: string }>> = {
  '40001': { code: 'STORE_LOCKED', text: conflict },
  '40P01': { code: 'STORE_LOCKED', text: conflict },
  '55P03': { code: 'STORE_LOCKED', text: conflict },
  '22001': { code: 'INVALID_PARAMETER_VALUE', text: 'a text is longer than its column takes' },
  '22003': { code: 'INVALID_PARAMETER_VALUE', text: 'a number is greater than its column takes' },
  '2201B': { code: 'INVALID_PARAMETER_VALUE', text: 'it cannot read the regular expression' },
  '22021': { code: 'INVALID_PARAMETER_VALUE', text: 'a text holds a null character, which it cannot keep' },
  '3D000': { code: 'STORAGE_FAILED', text: 'there is no such database. Make it with: createdb NAME' },
  '42501': { code: 'STORAGE_FAILED', text: forbidden },
  '25006': { code: 'STORAGE_FAILED', text: 'it is read-only. Use the primary server' },
  '53': { code: 'STORAGE_FAILED', text: full },
  '53300': { code: 'STORAGE_FAILED', text: 'it has too many connections. Close some, or raise max_connections' },
  '08': { code: 'STORAGE_FAILED', text: interrupted },
  '28': { code: 'STORAGE_FAILED', text: refused },
  '57': { code: 'STORAGE_FAILED', text: interrupted },
  ERR_INVALID_URL: { code: 'INVALID_ARGUMENT', text: unreadable },
  ECONNREFUSED: { code: 'STORAGE_FAILED', text: unreachable },
  ENOTFOUND: { code: 'STORAGE_FAILED', text: unreachable },
  EAI_AGAIN: { code: 'STORAGE_FAILED', text: unreachable },
  ETIMEDOUT: { code: 'STORAGE_FAILED', text: unreachable },
  ENOENT: { code: 'STORAGE_FAILED', text: unreachable },
  ECONNRESET: { code: 'STORAGE_FAILED', text: interrupted },
  EPIPE: { code: 'STORAGE_FAILED', text: interrupted },
}

/** `error` in words about the database `name`, or as it is when it says nothing a user can act on. */
export function describePostgresError(error: unknown, name: string): unknown {
  const code = systemErrorCode(error) ?? (isLostConnection(error) ? 'ECONNRESET' : '')
  const meaning = meanings[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? meanings[code.slice(0, 2)] : undefined)
  if (meaning === undefined) return error
  // Whoever sent a value need not be told where the database is.
  const what =
    meaning.code === 'INVALID_PARAMETER_VALUE' ? 'The database cannot take this' : `Cannot use the database ${name}`
  const message = `${what}: ${meaning.text} (${asError(error).message || code}).`
  return new MillraceError(meaning.code, message, { cause: error })
}

/** The driver gives no code when the server hangs up between two messages. */
function isLostConnection(error: unknown): boolean {
  return (
    error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message)
  )
}

/** How often a change is tried that collides with rows instead of transactions: as a rule the second attempt sees them. */
const collisionAttempts = 5

/** Calls `attempt` until no other transaction is in its way, for `timeoutMs` at most. */
export async function retryConflicts<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isConflict(error, attempts) || performance.now() >= deadline) throw error
    }
    // Pauses of random length, or those who collided would collide again.
    await setTimeout(Math.random() * Math.min(2 ** attempts, 100))
  }
}

function isConflict(error: unknown, attempts: number): boolean {
  const code = systemErrorCode(error instanceof MillraceError ? error.cause : error)
  if (code === '40001' || code === '40P01') return true
  // A row of the same key, or a missing parent, that another transaction has brought about since this one looked.
  return (code === '23505' || code === '23503') && attempts < collisionAttempts
}
