/** Importing modules of users: flows, and whatever else a file has as its default export. */
import { stat } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type ErrorCode, MillraceError, packageModule } from '../core/index.ts'

/**
 * The default export of the module at the absolute path `path`.
 *
 * @param what what is looked for there, in messages, such as `a flow`
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such file, `code` when it cannot be imported
 */
export async function importDefault(path: string, what: string, code: ErrorCode): Promise<unknown> {
  const file = await stat(path).catch(() => undefined)
  if (file?.isFile() !== true) {
    const advice = file?.isDirectory() === true ? 'It is a folder. Name the module in it.' : 'Check the path.'
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `There is no file ${path} with ${what} in it. ${advice}`)
  }
  resolveOwnName()
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
    return module.default
  } catch (cause) {
    const found = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    // Where Node itself was at that moment helps nobody.
    const readable = found.replaceAll(/\n +at [^\n]*node:internal[^\n]*/g, '')
    // Node's own advice, .mjs, does not fit programs in TypeScript.
    const advice = readable.includes('outside a module') ? '\nSet "type": "module" in the package.json above it.' : ''
    throw new MillraceError(code, `Cannot import ${path}: ${readable}${advice}`, { cause })
  }
}

let isResolving = false

/**
 * Lets a program say `import … from 'millrace/flow'` wherever it lies: the name means the package that runs it, also
 * when that is installed globally, or is its own source.
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
