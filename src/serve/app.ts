/**
 * An app around the served model: a folder with pages, and perhaps `app.ts` (or `app.js`) with paths of its own. They
 * come before the server's, so that an app can answer `/predict` in its own way.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, resolve, sep } from 'node:path'
import { MillraceError } from '../core/index.ts'
import { importDefault } from '../flow/import-program.ts'
import { type AppModel, appModel } from './app-model.ts'
import { errorReply, type HttpError, type HttpReply } from './http.ts'
import type { Route } from './routes.ts'

/** Answers a request to an app by the model. What it throws is answered with the error's status, or 500. */
type AppAnswerer = (request: Request, model: AppModel) => Response | Promise<Response>

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Answers by method and path, such as `'POST /predict'`. */
export interface AppRoutes {
  readonly [methodAndPath: `${Method} /${string}`]: AppAnswerer
  /** The JSON in which errors of these paths are answered. Default: `{"error_code": …, "message": …}`. */
  readonly error?: (error: Pick<HttpError, 'status' | 'code' | 'message'>) => unknown
}

/** The paths of an app, for the default export of its `app.ts`. */
export function defineApp(routes: AppRoutes): AppRoutes {
  return routes
}

export interface App {
  /** The paths of its program with their methods, such as `POST /predict`. */
  readonly paths: readonly string[]
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
const isRouteName = /^((GET|POST|PUT|PATCH|DELETE) \/.*|error)$/

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
  const answers = new Map<string, AppAnswerer>(Object.entries(routes).filter(([name]) => name !== 'error'))
  const files = await listFiles(root)
  return {
    paths: [...answers.keys()],
    route: (method, path) => {
      const answer = answers.get(`${method} ${path}`)
      if (answer !== undefined) return programRoute(path, answer, routes.error)
      const file = method === 'GET' ? files.get(path) : undefined
      return file === undefined ? undefined : fileRoute(path, file)
    },
  }
}

async function loadRoutes(root: string): Promise<AppRoutes> {
  const program = programs.map((name) => join(root, name)).find((path) => existsSync(path))
  if (program === undefined) return {}
  const fail = (reason: string): MillraceError =>
    new MillraceError('INVALID_ARGUMENT', `Cannot use the app ${program}: ${reason}`)
  const routes = await importDefault(program, 'an app', 'INVALID_ARGUMENT')
  if (typeof routes !== 'object' || routes === null) {
    throw fail('it has no default export of routes. Write: export default defineApp({ ... }).')
  }
  for (const [name, answer] of Object.entries(routes)) {
    if (isRouteName.test(name) && typeof answer === 'function') continue
    throw fail(`"${name}" is no route. Expected a method and a path, such as 'POST /predict', and a function.`)
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

function programRoute(path: string, answer: AppAnswerer, error: AppRoutes['error']): Route {
  return {
    name: path,
    errorReply: (failure) => {
      const reply = errorReply(failure)
      return error === undefined ? reply : { ...reply, body: JSON.stringify(error(failure)) }
    },
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
