/** What an assessment says, as MLflow's JSON has it: the same for who writes a request and who writes an answer. */
import { z } from 'zod'
import { pythonJson } from './python-json.ts'
import { type Assessment } from './trace-entities.ts'

type AssessmentValue = Pick<Assessment, 'kind' | 'value' | 'error'>

const text = z.string().nullish()

const error = z.object({ error_code: z.string().default(''), error_message: text, stack_trace: text })

/** The fields of which an assessment has one. */
export const valueFields = {
  feedback: z.object({ value: z.unknown().optional(), error: error.nullish() }).nullish(),
  expectation: z
    .object({ value: z.unknown().optional(), serialized_value: z.object({ value: z.string() }).nullish() })
    .nullish(),
  issue: z.object({ issue_name: text }).nullish(),
}

const fields = z.object(valueFields)

/** The value in the fields, or undefined where there is none. @throws SyntaxError for a structure that is no JSON */
export function parseValue({ feedback, expectation, issue }: z.infer<typeof fields>): AssessmentValue | undefined {
  if (feedback != null) {
    const { value = null, error } = feedback
    return { kind: 'feedback', value, ...(error != null && { error: errorOf(error) }) }
  }
  if (expectation != null) {
    const { serialized_value: serialized, value = null } = expectation
    return { kind: 'expectation', value: serialized == null ? value : (JSON.parse(serialized.value) as unknown) }
  }
  return issue == null ? undefined : { kind: 'issue', value: { issue_name: issue.issue_name ?? null } }
}

function errorOf({
  error_code: code,
  error_message,
  stack_trace,
}: z.infer<typeof error>): Assessment['error'] & object {
  return {
    code,
    ...(error_message != null && { message: error_message }),
    ...(stack_trace != null && { stackTrace: stack_trace }),
  }
}

export function valueJson({
  kind,
  value,
  error,
}: Pick<Assessment, 'kind' | 'value'> & { readonly error?: Assessment['error'] | undefined }): Readonly<
  Record<string, unknown>
> {
  switch (kind) {
    case 'feedback':
      return {
        feedback: {
          value,
          error: error && { error_code: error.code, error_message: error.message, stack_trace: error.stackTrace },
        },
      }
    case 'expectation':
      // A message of protocol buffers has plain values, and structures as JSON in a text.
      return {
        expectation:
          typeof value === 'object' && value !== null
            ? { serialized_value: { serialization_format: 'JSON_FORMAT', value: pythonJson(value, { ascii: true }) } }
            : { value },
      }
    case 'issue':
      return { issue: value }
    default:
      return kind satisfies never
  }
}

/** The run of an evaluation that gave an assessment is in its metadata, under this key. */
export const sourceRunKey = 'mlflow.assessment.sourceRunId'
