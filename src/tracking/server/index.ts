export { type Endpoint, forAccess, type GuardedEndpoint, jsonEndpoint } from './endpoint.ts'
export { integer, list, parseFields, requiredText, text } from './fields.ts'
export { HttpError, type HttpReply, type HttpRequest } from './http.ts'
export { listenTracking, type ListenTrackingOptions } from './listen.ts'
export { readBytes } from './request-body.ts'
export {
  createTrackingServer,
  type TrackingServer,
  type TrackingServerOptions,
  type WebhookOptions,
} from './tracking-server.ts'
export { openUsers } from '../users/open-users.ts'
export type { Grant, Permission, ResourceType, User, UserStore } from '../users/user.ts'
