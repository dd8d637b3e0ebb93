export { type HttpReply, type HttpRequest } from './http.ts'
export { listenTracking, type ListenTrackingOptions } from './listen.ts'
export {
  createTrackingServer,
  type TrackingServer,
  type TrackingServerOptions,
  type WebhookOptions,
} from './tracking-server.ts'
