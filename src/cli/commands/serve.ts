/** `millrace serve`: answer requests with a model, over HTTP. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { asError } from '../../core/index.ts'
import type { Capture, LogEntry, ModelOptions } from '../../serve/index.ts'
import {
  commandWithExamples,
  decimalNumber,
  portNumber,
  trackingOption,
  type TrackingFlags,
  wholeNumber,
} from '../options.ts'
import { printLine } from '../output.ts'
import { nextSignal } from '../signals.ts'

interface Flags extends TrackingFlags {
  readonly port: number
  readonly host: string
  readonly ab?: readonly ModelOptions[]
  readonly canary?: readonly ModelOptions[]
  readonly shadow?: readonly ModelOptions[]
  readonly capture?: string
  readonly app?: string
  readonly answers: 'columns' | 'rows'
  readonly skipBadRows?: boolean
  readonly maxBody: number
  readonly timeout: number
  readonly maxRequests: number
  readonly accessLog?: boolean
  readonly json?: boolean
}

export function serveCommand(): Command {
  return commandWithExamples('serve', 'answer requests with a model, over HTTP', [
    'serve models:/penguins@champion',
    'serve models:/penguins@champion --port 9000 --host 0.0.0.0 --capture data/production.db',
    'serve models:/fashion-mnist-cnn@champion --app ./app --port 5001',
    'serve models:/penguins/1 --ab models:/penguins/2=1',
    'serve models:/penguins@champion --canary models:/penguins@candidate=0.05 --shadow models:/penguins/3',
  ])
    .argument('<model-uri>', 'models:/name@alias, models:/name/version, models:/name/stage, runs:/id/path or a folder')
    .option('--port <number>', 'port to listen on; 0 takes a free one', portNumber, 8080)
    .option('--host <address>', 'address to listen on; 0.0.0.0 is open to other machines', '127.0.0.1')
    .option('--ab <uri=weight>', 'another model beside the first, which has the weight 1; may be repeated', modelList())
    .option(
      '--canary <uri=share>',
      'a model for this share of all requests, such as =0.05; may be repeated',
      modelList('canary'),
    )
    .option(
      '--shadow <uri>',
      'a model that scores everything too, only to be compared; may be repeated',
      modelList('shadow'),
    )
    .option(
      '--capture <file>',
      'keep requests and answers there: .db (SQLite), .jsonl or .csv (default: as MODEL_BACKEND says)',
    )
    .option('--app <folder>', 'pages, and perhaps paths of your own in app.ts, before those of the server')
    .addOption(
      new Option('--answers <form>', 'of /invocations: columns, as MLflow, or one {prediction, confidence} a row')
        .choices(['columns', 'rows'])
        .default('columns'),
    )
    .option('--skip-bad-rows', 'rows that cannot be scored give null and an error, the others their answers')
    .option('--max-body <bytes>', 'largest body of a request', wholeNumber, 6 * 2 ** 20)
    .option('--timeout <seconds>', 'longest time until a request is scored', decimalNumber, 60)
    .option('--max-requests <number>', 'requests under way at once', wholeNumber, 1000)
    .option('--access-log', 'log each request')
    .option('--json', 'log JSON lines')
    .addOption(trackingOption())
    .action(serve)
}

/** Serves until SIGINT or SIGTERM: then what is under way is finished and captured. A second signal ends it at once. */
async function serve(uri: string, flags: Flags): Promise<void> {
  const { createModelServer, exampleRow, listen, loadApp } = await import('../../serve/index.ts')
  const log = (entry: LogEntry): void => writeLog(entry, flags.json === true)
  const capture = await openCapture(flags.capture, log)
  const server = await createModelServer({
    models: [{ uri }, ...(flags.ab ?? []), ...(flags.canary ?? []), ...(flags.shadow ?? [])],
    trackingUri: flags.trackingUri,
    ...(capture && { capture }),
    ...(flags.app !== undefined && { app: await loadApp(flags.app) }),
    limits: { maxBodyBytes: flags.maxBody, timeoutMs: flags.timeout * 1000, maxRequests: flags.maxRequests },
    answers: flags.answers,
    skipBadRows: flags.skipBadRows ?? false,
    accessLog: flags.accessLog ?? false,
    log,
  })
  const listening = await listen(server, flags).catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  const { url } = listening
  const info = server.info()
  const models = info.models.map(({ uri, version }) => (version === null ? uri : `${uri} (version ${version})`))
  log({ level: 'info', event: 'serving', message: `Serving ${models.join(', ')} at ${url}`, url })
  const takesImages = info.inputs.some(({ type }) => type === 'image')
  if (flags.json !== true) printHints(url, takesImages ? '-F file=@image.png' : jsonBody(exampleRow(info)))
  const signal = await nextSignal()
  log({ level: 'info', event: 'stopping', message: `${signal}: finishing what is under way. Again to stop at once.` })
  await listening.close()
  log({ level: 'info', event: 'stopped', message: 'Stopped.' })
}

function jsonBody(example: object): string {
  const body = JSON.stringify(example).replaceAll("'", String.raw`'\''`)
  return `-H 'Content-Type: application/json' -d '${body}'`
}

function printHints(url: string, body: string): void {
  printLine(`
page  ${url}/
docs  ${url}/docs
try   curl ${url}/predict ${body}
stop  Ctrl-C
`)
}

/**
 * Where requests are kept: the file that was named, else the backend of MODEL_BACKEND, MODEL_BACKEND_CONFIG or
 * MODEL_BACKEND_DATABASE. One of the environment that cannot be made does not stop serving.
 */
async function openCapture(file: string | undefined, log: (entry: LogEntry) => void): Promise<Capture | undefined> {
  const isInEnvironment = Object.keys(process.env).some((name) => name.startsWith('MODEL_BACKEND'))
  if (file === undefined && !isInEnvironment) return undefined
  const { backendFromEnvironment, backendOfFile, captureBy } = await import('../../backend/index.ts')
  if (file !== undefined) return captureBy(backendOfFile(file))
  try {
    return captureBy(await backendFromEnvironment())
  } catch (error) {
    const { message } = asError(error)
    log({ level: 'error', event: 'backend_failed', message: `Serving without a backend. ${message}` })
    return undefined
  }
}

/** Collects `uri=weight` of an option that may be repeated. */
function modelList(role?: 'canary' | 'shadow') {
  return (text: string, previous: readonly ModelOptions[] = []): readonly ModelOptions[] => {
    const equals = text.lastIndexOf('=')
    const uri = equals === -1 ? text : text.slice(0, equals)
    if (uri === '') throw new InvalidArgumentError('Expected a model URI, such as models:/penguins/2=0.5.')
    const weight = equals === -1 ? {} : { weight: decimalNumber(text.slice(equals + 1)) }
    return [...previous, { uri, ...weight, ...(role && { role }) }]
  }
}

/** Serving goes on for days: its lines have the time. What is wrong goes to standard error. */
function writeLog({ level, event, message, ...facts }: LogEntry, json: boolean): void {
  const time = new Date().toISOString()
  const line = json ? JSON.stringify({ time, level, event, message, ...facts }) : `${time} ${message}`
  const stream = level === 'info' ? process.stdout : process.stderr
  stream.write(`${line}\n`)
}
