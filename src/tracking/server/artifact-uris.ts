/**
 * Two names of one place. The store keeps where artifacts really are, so that programs on this machine and other tools
 * read the same database; clients of the server see `mlflow-artifacts:/…`, which is served by it. The translation is
 * here, at the edge, and nowhere else.
 */
import { type ObjectStorage, openStorage } from '../../storage/index.ts'
import { MillraceError } from '../../core/index.ts'
import { isServedPlace, servedPath, servedPlace } from '../served-place.ts'

const SCHEME = 'mlflow-artifacts:'

export interface ArtifactUris {
  /** The place where served artifacts are. */
  readonly destination: ObjectStorage
  /** What clients see of a URI of the store. */
  shown(uri: string): string
  /** What the store keeps of a URI of a client. */
  kept(uri: string): string
  /** Where below the destination a URI is, of the store or of a client; undefined when it is elsewhere. */
  below(uri: string): string | undefined
  /**
   * The same for what is to be read.
   *
   * @throws MillraceError INVALID_PARAMETER_VALUE when it is elsewhere: what lies there is not the server's to give away
   */
  pathOf(uri: string): string
}

interface ArtifactUriOptions {
  /** Whether clients see served URIs at all, or the places themselves. */
  readonly served: boolean
  /** Whether the store keeps served URIs as they are, so that what is served can be moved. */
  readonly movable: boolean
}

export function artifactUris(destinationUri: string, { served, movable }: ArtifactUriOptions): ArtifactUris {
  const destination = openStorage(destinationUri)
  const root = destination.uri.replace(/\/+$/, '')
  const isFile = root.startsWith('file:')
  const below = (uri: string): string | undefined => {
    if (isServedPlace(uri)) return servedPath(uri)
    if (uri !== root && !uri.startsWith(`${root}/`)) return undefined
    const path = uri.slice(root.length).replace(/^\/+/, '')
    return isFile ? decodePath(path) : path
  }
  return {
    destination,
    below,
    shown: (uri) => {
      const path = served ? below(uri) : undefined
      return path === undefined ? uri : `${SCHEME}/${path}`
    },
    kept: (uri) => {
      if (!served || !isServedPlace(uri)) return uri
      return movable ? `${SCHEME}/${servedPath(uri)}` : (servedPlace(uri, root) ?? uri)
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

function decodePath(path: string): string {
  return path.split('/').map(decodeURIComponent).join('/')
}
