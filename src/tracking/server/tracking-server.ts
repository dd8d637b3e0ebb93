/** MLflow's tracking server over a store of ours: a function from requests to replies, without a port. */
import { Readable } from 'node:stream'
import { type Clock, MillraceError } from '../../core/index.ts'
import { openDatabaseClient } from '../open-tracking.ts'
import { type DatabasePlace, databasePlace } from '../sql/file-in-place.ts'
import { userStore } from '../sql/users.ts'
import { webhookStore } from '../sql/webhooks.ts'
import type { Permission } from '../users/user.ts'
import { type DeliverOptions, deliverer } from '../webhooks/deliver.ts'
import { fernet, passingFernet } from '../webhooks/fernet.ts'
import { announcing } from './announce.ts'
import { isServedPlace } from '../served-place.ts'
import { artifactUris } from './artifact-uris.ts'
import { authenticate } from './authenticate.ts'
import { reasonOf } from './change-note.ts'
import type { Access, GuardedEndpoint } from './endpoint.ts'
import { endpointFinder, endpoints } from './endpoints.ts'
import { errorReply } from './errors.ts'
import { failedLogins } from './failed-logins.ts'
import { guardedStore } from './guarded-store.ts'
import type { HttpReply, HttpRequest } from './http.ts'
import { type ProtectionOptions, protections } from './protections.ts'
import { allRights, rightsOf } from './rights.ts'
import type { ServerContext } from './server-context.ts'

export interface TrackingServerOptions extends ProtectionOptions {
  /** A SQLite file, as in openTracking; it is made if need be. Default: `sqlite:///mlflow.db`. */
  readonly trackingUri?: string
  /** Folder or URI below which artifacts are kept. Default: `mlartifacts` beside the database. */
  readonly artifactsDestination?: string
  /** Where new experiments have their artifacts, if not below the destination. */
  readonly defaultArtifactRoot?: string
  /** Whether artifacts go through the server, under `mlflow-artifacts:/…`. Default: true. */
  readonly serveArtifacts?: boolean
  /** A path that comes before all others, such as `/mlflow` behind a reverse proxy. */
  readonly staticPrefix?: string
  /** Largest JSON body. Default: 32 MiB. */
  readonly maxBodyBytes?: number
  /** Largest artifact. Default: no limit. */
  readonly maxArtifactBytes?: number
  readonly webhooks?: WebhookOptions
  /** Whether everybody has to log in as one of the store's users. Default: there are no users, and all may do everything. */
  readonly auth?: boolean
  /** What a user may do with experiments and models where nothing was granted. Default: READ. */
  readonly defaultPermission?: Permission
  readonly clock?: Clock
  /** Answers what is for people rather than for clients, such as `/`; undefined passes a request on to the endpoints. */
  readonly pages?: (request: HttpRequest) => Promise<HttpReply | undefined>
  /** Endpoints beside those of runs, models and artifacts. */
  readonly endpoints?: readonly GuardedEndpoint[]
  /** Takes what the server itself is at fault for. Default: standard error. */
  readonly log?: (message: string) => void
}

export interface WebhookOptions extends DeliverOptions {
  /**
   * What secrets are stored with: 32 bytes in base64 for URLs, a Fernet key. Default: a new one, so that another start
   * cannot read them, which the log says when one is stored.
   */
  readonly secretKey?: string | undefined
}

export interface TrackingServer {
  handle(request: HttpRequest): Promise<HttpReply>
  /** The same for the web's Request and Response. */
  fetch(request: Request): Promise<Response>
  /** URI of the place below which artifacts are kept. */
  readonly artifactsDestination: string
  /** Closes the store. */
  close(): Promise<void>
}

/** @throws MillraceError as openTracking; INVALID_ARGUMENT for a prefix or destination that cannot be one */
export async function createTrackingServer(options: TrackingServerOptions = {}): Promise<TrackingServer> {
  const {
    trackingUri = 'sqlite:///mlflow.db',
    artifactsDestination,
    defaultArtifactRoot,
    serveArtifacts = true,
  } = options
  const { log = (message) => process.stderr.write(`${message}\n`) } = options
  const prefix = checkPrefix(options.staticPrefix ?? '')
  const artifactRoot = defaultArtifactRoot ?? artifactsDestination
  const { secretKey, ...webhooks } = options.webhooks ?? {}
  const cipher = secretKey === undefined ? passingFernet(log) : fernet(secretKey)
  const { client, context: database } = await openDatabaseClient(trackingUri, {
    ...(artifactRoot !== undefined && { artifactRoot }),
    ...(options.clock !== undefined && { clock: options.clock }),
    // Who asks is not whose process this is.
    user: '',
  })
  const place = databasePlace(trackingUri)
  const movable = isServedPlace(client.artifactRoot)
  const besideStore = movable ? client.openArtifacts(client.artifactRoot).uri : client.artifactRoot
  const uris = artifactUris(artifactsDestination ?? besideStore, { served: serveArtifacts, movable })
  const subscriptions = webhookStore(database, cipher)
  const delivery = deliverer(subscriptions, webhooks, log)
  const users = options.auth === true ? await userStore(database) : undefined
  const context: Omit<ServerContext, 'caller' | 'rights'> = {
    store: announcing(client, delivery, client.clock, (uri) => uris.shown(uri)),
    uris,
    clock: client.clock,
    users,
    defaultPermission: options.defaultPermission ?? 'READ',
    webhooks: { store: subscriptions, deliverer: delivery, rules: webhooks },
    maxBodyBytes: options.maxBodyBytes ?? 32 * 2 ** 20,
    maxArtifactBytes: options.maxArtifactBytes ?? Infinity,
    servesArtifacts: serveArtifacts,
  }
  const guard = protections(options)
  const findEndpoint = endpointFinder([...endpoints, ...(options.endpoints ?? [])])

  const failures = failedLogins()
  const experimentOfRun = new Map<string, string>()
  /** The context of one request, in which the store does what its user may do. */
  const contextOf = async (request: HttpRequest, access: Access): Promise<ServerContext> => {
    const reason = reasonOf(request)
    if (users === undefined || access === 'nobody in particular') {
      return { ...context, rights: allRights, caller: { user: undefined, reason } }
    }
    const { defaultPermission, store } = context
    const user = await authenticate(request, users, failures)
    const rights = rightsOf({ user, users, defaultPermission, store, experimentOfRun })
    if (access === 'an administrator') rights.admin()
    return {
      ...context,
      rights,
      caller: { user: user.username, reason },
      store: guardedStore({ store, rights, users, user, uris }),
    }
  }
  const answer = async (request: HttpRequest): Promise<HttpReply> => {
    try {
      const page = await options.pages?.(request)
      if (page !== undefined) return page
      const { endpoint, pathFields } = findEndpoint(request.method, request.path)
      const context = await contextOf(request, endpoint.access)
      if (endpoint.access !== 'nobody in particular') checkPlace(place)
      return await endpoint.answer(request, pathFields, context)
    } catch (error) {
      return errorReply(error, (message) => log(`${request.method} ${request.path} failed: ${message}`))
    }
  }
  const handle = async (sent: HttpRequest): Promise<HttpReply> => {
    // The pages' own paths are relative to a folder.
    if (prefix !== '' && sent.path === prefix) return { status: 308, headers: { location: `${prefix}/` }, body: '' }
    const request = sent.path.startsWith(`${prefix}/`) ? { ...sent, path: sent.path.slice(prefix.length) } : sent
    const reply = guard.refuse(request) ?? (await answer(request))
    return { ...reply, headers: { ...reply.headers, ...guard.headers(request) } }
  }
  return {
    handle,
    fetch: async (request) => await answerFetch(request, handle),
    artifactsDestination: context.uris.destination.uri,
    close: async () => {
      await delivery.close()
      await client[Symbol.asyncDispose]()
    },
  }
}

/**
 * SQLite goes on with the file it has opened, where nobody else would find what is written.
 *
 * @throws MillraceError STORAGE_FAILED when the file is no longer there
 */
function checkPlace(place: DatabasePlace | undefined): void {
  if (place === undefined || place.isInPlace()) return
  const advice = 'Restart the server to open what is there now, or move the file back.'
  throw new MillraceError(
    'STORAGE_FAILED',
    `The file ${place.file} was moved, removed or replaced while the server had it open; nothing is read from it or written to it any more. ${advice}`,
  )
}

function checkPrefix(prefix: string): string {
  if (prefix === '' || /^\/.*[^/]$/.test(prefix)) return prefix
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `Invalid static prefix "${prefix}": it has to begin with "/" and must not end with it, such as /mlflow.`,
  )
}

async function answerFetch(request: Request, handle: TrackingServer['handle']): Promise<Response> {
  const { pathname, searchParams, host } = new URL(request.url)
  const { status, headers, body } = await handle({
    method: request.method,
    path: pathname,
    query: searchParams,
    header: (name) => request.headers.get(name) ?? (name === 'host' ? host : undefined),
    body: request.body ?? Readable.from([]),
  })
  if (typeof body === 'string') return new Response(hasBody(request.method, status) ? body : null, { status, headers })
  if (request.method !== 'HEAD') return new Response(Readable.toWeb(body) as ReadableStream, { status, headers })
  body.destroy()
  return new Response(null, { status, headers })
}

function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}
