/**
 * An app around the served model: a folder with pages, and perhaps `app.ts` (or `app.js`) with paths of its own. They
 * come before the server's, so that an app can answer `/predict` in its own way.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asError, MillraceError } from '../core/index.ts'
import { detailedAnswers } from './answers.ts'
import { errorReply, type HttpReply, type HttpRequest } from './http.ts'
import { type ModelInfo, modelInfo } from './model-info.ts'
import { columnRows } from './raw-rows.ts'
import type { Route } from './routes.ts'
import { scoreRequest } from './score-request.ts'
import type { ServerContext } from './server-context.ts'

/** The answer for one row or image. */
interface AppAnswer {
  readonly prediction: string
  readonly confidence: number
  readonly probabilities: Readonly<Record<string, number>>
}

/** The model, for the paths of an app. */
export interface AppModel {
  /** What GET /model_info tells. */
  readonly info: ModelInfo
  /**
   * Classifies an image as a file holds it, together with what others ask at the time.
   *
   * @throws Error with `status` 400 for what is no image, or none that the model can use
   */
  classify(image: Uint8Array): Promise<AppAnswer>
}

/** Answers by method and path, such as `'POST /predict'`. */
export type AppRoutes = Readonly<Record<string, (request: Request, model: AppModel) => Response | Promise<Response>>>

/** The paths of an app, for the default export of its `app.ts`. */
export function defineApp(routes: AppRoutes): AppRoutes {
  return routes
}

export interface App {
  /** The route of a path, if it is one of the app's. */
  route(method: string, path: string): Route | undefined
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

const programs = ['app.ts', 'app.js']

/**
 * Reads the app of a folder. Files that begin with a dot and the program itself are not served; `/` is `index.html`.
 *
 * @throws MillraceError INVALID_ARGUMENT for a folder that is not there, or a program that is none
 */
export async function loadApp(folder: string): Promise<App> {
  const root = resolve(folder)
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) {
    throw new MillraceError('INVALID_ARGUMENT', `There is no folder ${root} to read an app from.`)
  }
  const routes = await loadRoutes(root)
  const files = await listFiles(root)
  return {
    route: (method, path) => {
      const answer = Object.hasOwn(routes, `${method} ${path}`) ? routes[`${method} ${path}`] : undefined
      if (answer !== undefined) return programRoute(path, answer)
      const file = method === 'GET' ? files.get(path) : undefined
      return file === undefined ? undefined : fileRoute(path, file)
    },
  }
}

async function loadRoutes(root: string): Promise<AppRoutes> {
  const program = programs.map((name) => join(root, name)).find((path) => existsSync(path))
  if (program === undefined) return {}
  const fail = (reason: string, cause?: unknown): MillraceError =>
    new MillraceError('INVALID_ARGUMENT', `Cannot use the app ${program}: ${reason}`, { cause })
  const module: unknown = await import(pathToFileURL(program).href).catch((cause: unknown) => {
    throw fail(asError(cause).message, cause)
  })
  const routes = (module as { readonly default?: unknown }).default
  if (typeof routes !== 'object' || routes === null) {
    throw fail('it has no default export of routes. Write: export default defineApp({ ... }).')
  }
  for (const [path, answer] of Object.entries(routes)) {
    if (/^[A-Z]+ \//.test(path) && typeof answer === 'function') continue
    throw fail(`"${path}" is no route. Expected a method and a path, such as 'POST /predict', and a function.`)
  }
  return routes as AppRoutes
}

/** Files by the path they are served at. */
async function listFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(root, file).split(sep), file] as const)
    .filter(([parts]) => !parts.some((part) => part.startsWith('.')) && !programs.includes(parts.join('/')))
  return new Map(
    files.map(([parts, file]) => [parts.join('/') === 'index.html' ? '/' : `/${parts.join('/')}`, file] as const),
  )
}

function fileRoute(name: string, file: string): Route {
  return {
    name,
    errorReply,
    answer: async () => ({
      status: 200,
      headers: {
        'content-type': types[extname(file).toLowerCase()] ?? 'application/octet-stream',
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
      },
      body: new Uint8Array(await readFile(file)),
    }),
  }
}

function programRoute(path: string, answer: AppRoutes[string]): Route {
  return {
    name: path,
    errorReply,
    answer: async (request, context) => {
      const url = `http://${request.header('host') ?? 'localhost'}${path}`
      const type = request.header('content-type')
      const hasBody = !['GET', 'HEAD'].includes(request.method)
      const sent = new Request(url, {
        method: request.method,
        ...(type !== undefined && { headers: { 'content-type': type } }),
        ...(hasBody && { body: new Uint8Array(await request.body()) }),
      })
      return await toReply(await answer(sent, appModel(request, context)))
    },
  }
}

async function toReply(response: Response): Promise<HttpReply> {
  const body = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

function appModel(request: HttpRequest, context: ServerContext): AppModel {
  return {
    info: modelInfo(context),
    classify: async (image) => {
      const deployment = context.traffic.choose(request.header('x-routing-key'))
      const raw = columnRows({ image: [image] }, 'inputs')
      const { prediction, rows } = await scoreRequest(request, context, deployment, raw, false)
      return detailedAnswers(prediction, rows.errors)[0] as AppAnswer
    },
  }
}
