/** What the endpoints work with. */
import type { TrackingStore } from '../tracking-store.ts'
import type { ArtifactUris } from './artifact-uris.ts'

export interface ServerContext {
  readonly store: TrackingStore
  readonly uris: ArtifactUris
  /** Largest JSON body; artifacts may be larger. */
  readonly maxBodyBytes: number
  /** Largest artifact that may be uploaded. */
  readonly maxArtifactBytes: number
  /** Whether artifacts go through the server. */
  readonly servesArtifacts: boolean
}
