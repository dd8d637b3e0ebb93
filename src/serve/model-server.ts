/** The server of models: one function from request to reply, with or without a port. */
import { type Clock, MillraceError, systemClock } from '../core/index.ts'
import { defaultTrackingUri, openTracking, type TrackingClient } from '../tracking/index.ts'
import type { AnswerForm } from './answers.ts'
import type { App } from './app.ts'
import { type Capture, CaptureQueue } from './capture.ts'
import { Deployment, type Role } from './deployment.ts'
import { answerFetch } from './fetch-adapter.ts'
import type { HttpReply, HttpRequest } from './http.ts'
import type { Log } from './log.ts'
import { ServerMetrics } from './metrics.ts'
import { type ModelInfo, modelInfo } from './model-info.ts'
import { isPlace, modelSource } from './model-source.ts'
import { RequestHandler } from './request-handler.ts'
import { defaultLimits, type Limits, type ServerContext } from './server-context.ts'
import { storeWatch } from './store-watch.ts'
import { sharesOf, Traffic } from './traffic.ts'

/** One of the models to serve. */
export interface ModelOptions {
  /** `models:/name@alias`, `models:/name/version`, `models:/name/stage`, `runs:/id/path` or a folder. */
  readonly uri: string
  /** Beside other models by default 1; of a canary its share of all requests, by default 0.1. */
  readonly weight?: number
  /** Without one it answers requests by its weight. */
  readonly role?: 'canary' | 'shadow'
}

export interface ModelServerOptions {
  readonly models: readonly [ModelOptions, ...ModelOptions[]]
  /** Default: `sqlite:///mlflow.db`. Not needed when all models are folders. */
  readonly trackingUri?: string
  /** A store that is open already, in place of `trackingUri`. It stays open when the server closes. */
  readonly client?: TrackingClient
  /** Where requests and answers are kept. Closed with the server. Default: nowhere. */
  readonly capture?: Capture
  readonly limits?: Partial<Limits>
  /** Rows of different requests that are scored in one run, at most. 0 scores each request alone. Default: 256. */
  readonly maxBatchRows?: number
  /** How POST /invocations answers: as MLflow does for the model, or one `{prediction, confidence}` a row. */
  readonly answers?: AnswerForm
  /** Whether rows that cannot be scored give null, with an entry in `errors`, unless a request says. Default: false. */
  readonly skipBadRows?: boolean
  /** Pages and paths of one's own, as `loadApp` reads them from a folder. */
  readonly app?: App
  /** Milliseconds between looks at the registry. Default: 500. */
  readonly pollMs?: number
  readonly log?: Log
  /** Whether each request is logged. Default: false. */
  readonly accessLog?: boolean
  readonly clock?: Clock
  /** Numbers in [0, 1) that requests without a key are shared out by. Default: Math.random. */
  readonly random?: () => number
}

export interface ModelServer {
  /** Answers a request. Never throws: what goes wrong is a reply too. */
  fetch(request: Request): Promise<Response>
  /** The same without the types of the web, for adapters. */
  handle(request: HttpRequest): Promise<HttpReply>
  readonly limits: Limits
  /** The models served now, as GET /model_info tells. */
  info(): ModelInfo
  /** Refuses new requests, finishes those under way, keeps what is to be captured and frees everything. */
  close(): Promise<void>
}

/** As long as a timer can wait. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Loads and warms the models.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST for an unknown model, version or alias; INVALID_MODEL for one that
 *   cannot be loaded; INVALID_ARGUMENT for weights or limits that make no sense; and what opening the store throws
 */
export async function createModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const { log = () => undefined, clock = systemClock, random = Math.random, accessLog = false } = options
  const weighted = options.models.map(withDefaults)
  const shares = sharesOf(weighted)
  const limits = checkedLimits({ ...defaultLimits, ...options.limits })
  await using resources = new AsyncDisposableStack()
  const capture = options.capture && new CaptureQueue({ capture: options.capture, clock, log })
  if (capture !== undefined) resources.defer(() => capture.close())
  const { client, watch } = await openClient(options, { resources, log })
  const deployments: Deployment[] = []
  const metrics = new ServerMetrics({
    served: () => deployments.map(({ model, role }, i) => ({ identity: model.identity, role, share: shares[i]! })),
    capture: () => capture?.counts,
  })
  const source = modelSource(client, watch)
  const common = {
    source,
    load: { maxBatchRows: options.maxBatchRows ?? 256, onRun: metrics.run.bind(metrics) },
    pollMs: options.pollMs ?? 500,
    log,
    onSwap: metrics.swap.bind(metrics),
  }
  for (const model of weighted) {
    const deployment = await Deployment.start({ ...model, ...common })
    deployments.push(deployment)
    resources.defer(() => deployment.close())
  }
  const context: ServerContext = {
    deployments,
    source,
    takes: whatIsTaken(deployments, capture !== undefined),
    shares,
    traffic: new Traffic(deployments, shares, random),
    metrics,
    capture,
    limits,
    answers: options.answers ?? 'columns',
    skipBadRows: options.skipBadRows ?? false,
    app: options.app,
  }
  const handler = new RequestHandler(context, { log, accessLog })
  const owned = resources.move()
  return {
    handle: (request) => handler.handle(request),
    fetch: (request) => answerFetch(request, limits.maxBodyBytes, (ours) => handler.handle(ours)),
    limits,
    info: () => modelInfo(context),
    close: async () => {
      await handler.finish()
      await owned.disposeAsync()
    },
  }
}

/** @throws MillraceError INVALID_ARGUMENT for a limit that lets no request through */
function checkedLimits(limits: Limits): Limits {
  for (const name of ['maxBodyBytes', 'maxRequests'] as const) {
    const value = limits[name]
    if (!(Number.isInteger(value) && value > 0)) throw unfitLimit(name, value, 'a whole number above zero')
  }
  const { timeoutMs } = limits
  if (timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return limits
  throw unfitLimit('timeoutMs', timeoutMs, 'a time above zero, of at most 24 days')
}

function unfitLimit(name: keyof Limits, value: number, expected: string): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `The limit ${name} is ${value}, expected ${expected}.`)
}

/** @throws MillraceError INVALID_ARGUMENT for models that take different things, and for images that are to be kept */
function whatIsTaken(deployments: readonly Deployment[], hasCapture: boolean): ServerContext['takes'] {
  const images = deployments.filter(({ model }) => model.content.columns === undefined)
  if (images.length === 0) return 'rows'
  if (images.length < deployments.length) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `${images[0]!.uri} takes images, others of the models take rows. Serve them by servers of their own.`,
    )
  }
  if (!hasCapture) return 'images'
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `${images[0]!.uri} takes images, and only rows can be kept. Serve it without capture.`,
  )
}

function withDefaults({ uri, role = 'primary', weight = role === 'canary' ? 0.1 : 1 }: WithRole): Required<WithRole> {
  return { uri, role, weight }
}

type WithRole = Omit<ModelOptions, 'role'> & { readonly role?: Role }

interface OpenedStore {
  /** Undefined where none is needed. */
  readonly client: TrackingClient | undefined
  /** Looks whether its file is still the one that was opened. */
  readonly watch: () => void
}

/** The store to follow; none is needed for folders. One that is opened here is closed with the rest. */
async function openClient(
  { client, models, trackingUri = defaultTrackingUri() }: ModelServerOptions,
  { resources, log }: { readonly resources: AsyncDisposableStack; readonly log: Log },
): Promise<OpenedStore> {
  if (client !== undefined || models.every(({ uri }) => isPlace(uri))) return { client, watch: () => undefined }
  const opened = resources.use(await openTracking({ create: false, trackingUri }))
  return { client: opened, watch: storeWatch(trackingUri, log) }
}
