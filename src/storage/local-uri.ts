/** Between the URIs people write for a place on this machine and its path. */
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MillraceError } from '../core/index.ts'

/**
 * The absolute path that `uri` means on this machine, or undefined when it is a URI of something else (`s3://…`).
 *
 * Takes plain paths (relative ones against the working directory) and `file:` URIs with an absolute path. `windows`
 * says whose rules hold; by default those of the system it runs on.
 *
 * @throws MillraceError INVALID_ARGUMENT for '', a relative `file:` URI, another machine's files, or a Windows path
 *   on another system
 */
export function localPathOf(uri: string, windows: boolean = process.platform === 'win32'): string | undefined {
  if (uri.trim() === '') throw invalid(uri, 'it is empty. Give a folder or a file:// URI')
  if (/^[a-z]:([\\/]|$)/i.test(uri) || uri.startsWith('\\\\')) {
    if (!windows) throw invalid(uri, 'it is a Windows path, and this is no Windows system')
    return uri
  }
  if (/^file:/i.test(uri)) return pathOfFileUri(uri, windows)
  return /^[a-z][a-z0-9+.-]+:/i.test(uri) ? undefined : resolve(uri)
}

/** The `file://` URI of a path, with everything escaped that would end it early (`#`, `?`, `%`). */
export function fileUriOf(path: string): string {
  return pathToFileURL(path).href
}

function pathOfFileUri(uri: string, windows: boolean): string {
  if (!/^file:\/(?!\/)|^file:\/\//i.test(uri)) {
    throw invalid(uri, 'a file: URI needs an absolute path, such as file:///data/models')
  }
  try {
    return fileURLToPath(uri, { windows })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw invalid(uri, `${reason}. Write it as file:///absolute/path`, cause)
  }
}

function invalid(uri: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `Cannot use "${uri}" as a location: ${reason}.`, { cause })
}
