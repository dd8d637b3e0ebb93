/** What is said of the models that are served. */
import type { ModelPackage } from '../model/index.ts'
import type { Deployment } from './deployment.ts'
import type { ServerContext } from './server-context.ts'

/** The answer of GET /model_info: the first model, and all of them where there are several. */
export function modelInfo({ deployments, shares }: ServerContext): object {
  const models = deployments.map((deployment, position) => ({
    ...describeDeployment(deployment),
    role: deployment.role,
    share: shares[position],
  }))
  const { content, identity } = deployments[0]!.model
  return {
    ...describeDeployment(deployments[0]!),
    run_id: identity.runId,
    ...describeContent(content),
    models,
  }
}

function describeDeployment({ uri, model: { identity, mixable } }: Deployment): object {
  return { name: identity.name, version: identity.version, uri, shares_runs: mixable }
}

function describeContent({ config, signature, content }: ModelPackage): object {
  return {
    kind: config.kind,
    task: config.task,
    classes: config.classes,
    inputs: config.inputs,
    signature,
    input_example: content.example,
  }
}
