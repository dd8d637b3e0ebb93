/** From a file to the flow it exports. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../core/index.ts'
import type { FlowDefinition } from './definition.ts'
import { importDefault } from './import-program.ts'

/** The absolute path of the file of a flow. */
export function flowPath(file: string | URL): string {
  return file instanceof URL ? fileURLToPath(file) : resolve(file)
}

/**
 * The flow that is the default export of the module `file`.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such file, INVALID_FLOW when it cannot be imported or
 *   exports no flow
 */
export async function loadFlow(file: string | URL): Promise<FlowDefinition> {
  const path = flowPath(file)
  return flowOf(await importDefault(path, 'a flow', 'INVALID_FLOW'), path)
}

function flowOf(exported: unknown, path: string): FlowDefinition {
  const definition = hasDefinition(exported) ? exported.definition : undefined
  if (definition?.kind === 'flow') return definition
  throw new MillraceError(
    'INVALID_FLOW',
    `${path} has no flow as its default export. Write: export default flow('name').step(…)`,
  )
}

function hasDefinition(value: unknown): value is { readonly definition: FlowDefinition | undefined } {
  return typeof value === 'object' && value !== null && 'definition' in value
}
