/** Which run a request is about: `run_id`, or `run_uuid` as very old clients have it. */
import { invalidParameter } from '../validation.ts'
import { text } from './fields.ts'

export const runFields = { run_id: text, run_uuid: text }

/** @throws MillraceError INVALID_PARAMETER_VALUE when neither is given */
export function runIdOf({
  run_id,
  run_uuid,
}: {
  readonly run_id?: string | undefined
  readonly run_uuid?: string | undefined
}): string {
  const id = run_id || run_uuid
  if (id !== undefined && id !== '') return id
  throw invalidParameter(
    "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.",
  )
}

/**
 * The same where MLflow looks at its form too.
 *
 * @throws MillraceError INVALID_PARAMETER_VALUE for what cannot be the id of a run
 */
export function checkedRunIdOf(fields: Parameters<typeof runIdOf>[0]): string {
  const id = runIdOf(fields)
  if (/^[a-zA-Z0-9][\w-]{0,255}$/.test(id)) return id
  throw invalidParameter(`Invalid value ${JSON.stringify(id)} for parameter 'run_id' supplied.`)
}
