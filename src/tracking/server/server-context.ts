/** What the endpoints work with. */
import type { Clock } from '../../core/index.ts'
import type { TrackingStore } from '../tracking-store.ts'
import type { AddressRules } from '../webhooks/addresses.ts'
import type { Deliverer } from '../webhooks/deliver.ts'
import type { WebhookStore } from '../webhooks/webhook.ts'
import type { ArtifactUris } from './artifact-uris.ts'

export interface ServerContext {
  readonly store: TrackingStore
  readonly uris: ArtifactUris
  readonly clock: Clock
  readonly webhooks: { readonly store: WebhookStore; readonly deliverer: Deliverer; readonly rules: AddressRules }
  /** Largest JSON body; artifacts may be larger. */
  readonly maxBodyBytes: number
  /** Largest artifact that may be uploaded. */
  readonly maxArtifactBytes: number
  /** Whether artifacts go through the server. */
  readonly servesArtifacts: boolean
}
