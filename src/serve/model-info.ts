/** What is said of the models that are served. */
import type { InputExample, Signature } from '../model/index.ts'
import type { Deployment, Role } from './deployment.ts'
import type { ServedContent } from './served-content.ts'
import type { ServerContext } from './server-context.ts'

/** One of the models that are served. */
export interface ServedFacts {
  readonly name: string
  /** null for a folder. */
  readonly version: number | null
  readonly uri: string
  readonly role: Role
  /** The share of requests it is given, 0 to 1. */
  readonly share: number
  /** Whether requests are scored together; otherwise its answers would depend on who else asks. */
  readonly batched: boolean
}

/** The answer of GET /model_info: the first model in full, and where there are several all of them in short. */
export interface ModelInfo extends ServedFacts, Pick<ServedContent, 'kind' | 'task' | 'classes' | 'inputs'> {
  readonly run_id: string | null
  readonly signature: Signature
  readonly input_example: InputExample
  readonly models: readonly ServedFacts[]
}

export function modelInfo({ deployments, shares }: ServerContext): ModelInfo {
  const models = deployments.map((deployment, position) => servedFacts(deployment, shares[position]!))
  const { content, identity } = deployments[0]!.model
  const { kind, task, classes, inputs } = content
  return {
    ...models[0]!,
    run_id: identity.runId ?? null,
    kind,
    task,
    classes,
    inputs,
    signature: content.signature,
    input_example: content.example,
    models,
  }
}

function servedFacts({ uri, role, model: { identity, mixable } }: Deployment, share: number): ServedFacts {
  return { name: identity.name, version: identity.version ?? null, uri, role, share, batched: mixable }
}

/** The first row of the model's input example, by name. */
export function exampleRow({
  inputs,
  input_example: { columns, data },
}: ModelInfo): Readonly<Record<string, string | number | null>> {
  const values = data[0] ?? []
  return Object.fromEntries(inputs.map(({ name }) => [name, values[columns.indexOf(name)] ?? null]))
}
