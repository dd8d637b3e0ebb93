/** From a file to the flow it exports. */
import { access } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MillraceError, packageModule } from '../core/index.ts'
import type { FlowDefinition } from './definition.ts'

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
  try {
    await access(path)
  } catch (cause) {
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no file ${path} with a flow in it.`, { cause })
  }
  resolveOwnName()
  return flowOf(await importFlow(path), path)
}

async function importFlow(path: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
    return module.default
  } catch (cause) {
    const found = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    throw new MillraceError('INVALID_FLOW', `Cannot import ${path}: ${found}`, { cause })
  }
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

let isResolving = false

/**
 * Lets a flow say `import … from 'millrace/flow'` wherever it lies: the name means the package that runs it, also when
 * that is installed globally, or is its own source.
 */
function resolveOwnName(): void {
  if (isResolving) return
  isResolving = true
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const [, room] = /^millrace\/([\w/]+)$/.exec(specifier) ?? []
      if (room === undefined) return nextResolve(specifier, context)
      return nextResolve(packageModule(`${room}/index`).href, context)
    },
  })
}
