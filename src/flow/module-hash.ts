/** The code that a flow is made of, as one hash: its module and what that imports. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { packageModule, systemErrorCode } from '../core/index.ts'

/**
 * A hash of the module `file`, of the local modules it imports, directly or not, and of the package.json of each package
 * they import. Imports whose name is worked out when the program runs are not seen, nor are files that are read.
 */
export function hashModule(file: string): string {
  const found = new Map<string, string>()
  const follow = (path: string): void => {
    const place = relative(dirname(file), path).split(sep).join('/')
    const text = found.has(place) ? undefined : textOf(path)
    if (text === undefined) return
    found.set(place, hashOf(text))
    if (!SOURCE_FILE.test(path)) return
    const address = pathToFileURL(path)
    for (const specifier of importsIn(text)) {
      if (LOCAL.test(specifier)) follow(fileURLToPath(new URL(specifier, address)))
      else found.set(specifier, packageHash(specifier, address))
    }
  }
  follow(file)
  return hashOf(JSON.stringify([...found].sort(([a], [b]) => (a < b ? -1 : 1))))
}

const SOURCE_FILE = /\.[cm]?[jt]sx?$/
const LOCAL = /^(?:\.{0,2}\/|file:)/

/**
 * What follows `from` or `import`. A comment or a text that looks like an import is taken for one: then the hash covers a
 * file too many, which does no harm.
 */
function importsIn(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*(['"`])([^'"`\n]+)\1/g)].map(([, , specifier]) => specifier!)
}

/** The name and version of a package, with all else its package.json says; '' for what is none, such as `node:fs`. */
function packageHash(specifier: string, importer: URL): string {
  const [name] = /^(?:@[^/]+\/)?[^/@:#][^/:]*/.exec(specifier) ?? []
  if (name === undefined) return ''
  try {
    const file = name === 'millrace' ? findPackageJSON(packageModule('flow/index')) : findPackageJSON(name, importer)
    return file === undefined ? '' : hashOf(readFileSync(file, 'utf8'))
  } catch {
    return '' // what is not installed fails where it is imported
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw error
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
