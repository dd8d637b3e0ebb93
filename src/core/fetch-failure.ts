/** Why a request got no answer. */
import { asError } from './errors.ts'

/** In words, from what `fetch` threw: its own message says only that it failed. */
export function fetchFailure(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = asError(error)
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} seconds`
  return cause === undefined ? message : asError(cause).message || message
}
