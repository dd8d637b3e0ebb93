/**
 * Two names of one place. The store keeps where artifacts really are, so that programs on this machine and other tools
 * read the same database; clients of the server see `mlflow-artifacts:/…`, which is served by it. The translation is
 * here, at the edge, and nowhere else.
 */
import { type ObjectStorage, openStorage } from '../../storage/index.ts'
import { MillraceError } from '../../core/index.ts'

const SCHEME = 'mlflow-artifacts:'

export interface ArtifactUris {
  /** The place where served artifacts are. */
  readonly destination: ObjectStorage
  /** What clients see of a URI of the store. */
  shown(uri: string): string
  /** What the store keeps of a URI of a client. */
  kept(uri: string): string
  /**
   * Where below the destination a URI of the store is.
   *
   * @throws MillraceError INVALID_PARAMETER_VALUE when it is elsewhere: what lies there is not the server's to give away
   */
  pathOf(uri: string): string
}

/** @param served whether clients see served URIs at all, or the places themselves */
export function artifactUris(destinationUri: string, served: boolean): ArtifactUris {
  const destination = openStorage(destinationUri)
  const root = destination.uri.replace(/\/+$/, '')
  const isFile = root.startsWith('file:')
  const below = (uri: string): string | undefined => {
    if (uri.startsWith(SCHEME)) return servedPath(uri)
    if (uri !== root && !uri.startsWith(`${root}/`)) return undefined
    const path = uri.slice(root.length).replace(/^\/+/, '')
    return isFile ? decodePath(path) : path
  }
  return {
    destination,
    shown: (uri) => {
      const path = served ? below(uri) : undefined
      return path === undefined ? uri : `${SCHEME}/${path}`
    },
    kept: (uri) => {
      if (!served || !uri.startsWith(SCHEME)) return uri
      const path = servedPath(uri)
      const inside = isFile ? path.split('/').map(encodeURIComponent).join('/') : path
      return inside === '' ? root : `${root}/${inside}`
    },
    pathOf: (uri) => {
      const path = below(uri)
      if (path !== undefined) return path
      throw new MillraceError(
        'INVALID_PARAMETER_VALUE',
        `The artifacts at ${uri} are not below ${root}, which is all that this server reads. Read them there, or start it with another --artifacts-destination.`,
      )
    },
  }
}

/** The path of `mlflow-artifacts:/a/b` and of `mlflow-artifacts://host:port/a/b`. */
function servedPath(uri: string): string {
  return uri
    .slice(SCHEME.length)
    .replace(/^\/\/[^/]*/, '')
    .replace(/^\/+|\/+$/g, '')
}

function decodePath(path: string): string {
  return path.split('/').map(decodeURIComponent).join('/')
}
