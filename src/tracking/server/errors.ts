/** What goes wrong, as MLflow's clients read it: a status and `{"error_code": …, "message": …}`. */
import { asError, type ErrorCode, MillraceError } from '../../core/index.ts'
import { HttpError, type HttpReply, jsonReply } from './http.ts'

/**
 * Status and code on the wire of the errors that a request can cause. Clients try again for minutes after a 5xx, so only
 * what may pass by itself gets one.
 */
const wireErrors: { readonly [C in ErrorCode]?: readonly [status: number, code: string] } = {
  INVALID_ARGUMENT: [400, 'INVALID_PARAMETER_VALUE'],
  INVALID_PARAMETER_VALUE: [400, 'INVALID_PARAMETER_VALUE'],
  INVALID_STATE: [400, 'INVALID_STATE'],
  RESOURCE_ALREADY_EXISTS: [400, 'RESOURCE_ALREADY_EXISTS'],
  RESOURCE_DOES_NOT_EXIST: [404, 'RESOURCE_DOES_NOT_EXIST'],
  STORE_LOCKED: [503, 'TEMPORARILY_UNAVAILABLE'],
}

const unusable = 'The server cannot use its database or its files at the moment; its log says why.'

/** What is said instead of a message that names places of the server: hosts, users, databases, files. */
const shownInstead: { readonly [C in ErrorCode]?: string } = {
  STORAGE_FAILED: unusable,
  STORE_CORRUPT: unusable,
  STORE_INCOMPATIBLE: unusable,
  STORE_LOCKED: "The server's database is busy with other changes. Try again; its log says more.",
}

/** The reply to a request that failed. What the server itself is at fault for is given to `log`, whole. */
export function errorReply(error: unknown, log: (message: string) => void): HttpReply {
  if (error instanceof HttpError) return httpErrorReply(error)
  const { message, stack = message } = asError(error)
  if (!(error instanceof MillraceError)) {
    log(stack)
    return jsonReply({ error_code: 'INTERNAL_ERROR', message: 'The server could not answer; its log says why.' }, 500)
  }
  const [status, error_code] = wireErrors[error.code] ?? [500, 'INTERNAL_ERROR']
  if (status >= 500) log(`${message} [${error.code}]`)
  return jsonReply({ error_code, message: shownInstead[error.code] ?? message }, status)
}

function httpErrorReply({ status, code, message }: HttpError): HttpReply {
  const reply = jsonReply({ error_code: code, message }, status)
  // With it a browser asks for name and password.
  return status === 401
    ? { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Basic realm="mlflow"' } }
    : reply
}
