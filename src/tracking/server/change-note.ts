/** Who changes something and why, for the history of the registry. */
import type { ChangeNote } from '../tracking-store.ts'
import { text } from './fields.ts'
import type { HttpRequest } from './http.ts'
import type { Caller } from './server-context.ts'

/** Fields of our own that MLflow's clients do not send, and its server ignores. */
export const noteFields = { user: text, reason: text }

/** A header with the reason, in percent-encoding, for clients that cannot add a field. */
const REASON_HEADER = 'x-millrace-reason'

/** The note of a request: its user counts only where nobody has proved to be another one. */
export function noteOf(fields: ChangeNote, { user, reason }: Caller): ChangeNote {
  return { user: user ?? fields.user, reason: fields.reason ?? reason }
}

export function reasonOf(request: HttpRequest): string | undefined {
  const header = request.header(REASON_HEADER)
  if (header === undefined) return undefined
  try {
    return decodeURIComponent(header)
  } catch {
    // Not encoded, but there.
    return header
  }
}
