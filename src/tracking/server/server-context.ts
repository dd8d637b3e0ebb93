/** What the endpoints work with. */
import type { Clock } from '../../core/index.ts'
import type { TrackingStore } from '../tracking-store.ts'
import type { AddressRules } from '../webhooks/addresses.ts'
import type { Deliverer } from '../webhooks/deliver.ts'
import type { WebhookStore } from '../webhooks/webhook.ts'
import type { Permission, UserStore } from '../users/user.ts'
import type { ArtifactUris } from './artifact-uris.ts'
import type { Rights } from './rights.ts'

/** Who asks, and why, as far as the request says. */
export interface Caller {
  /** A user who has proved to be that. */
  readonly user: string | undefined
  readonly reason: string | undefined
}

export interface ServerContext {
  readonly store: TrackingStore
  readonly uris: ArtifactUris
  readonly clock: Clock
  readonly webhooks: { readonly store: WebhookStore; readonly deliverer: Deliverer; readonly rules: AddressRules }
  readonly caller: Caller
  /** What the caller may do. */
  readonly rights: Rights
  /** The users of a server that has some. */
  readonly users: UserStore | undefined
  /** What users may do where nothing was granted. */
  readonly defaultPermission: Permission
  /** Largest JSON body; artifacts may be larger. */
  readonly maxBodyBytes: number
  /** Largest artifact that may be uploaded. */
  readonly maxArtifactBytes: number
  /** Whether artifacts go through the server. */
  readonly servesArtifacts: boolean
}
