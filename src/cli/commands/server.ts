/** `millrace server`: the tracking server that MLflow's clients talk to. */
import { type Command, Option } from 'commander'
import { shownUri } from '../../core/index.ts'
import type { Permission, WebhookOptions } from '../../tracking/server/index.ts'
import { commandWithExamples, nameList, portNumber, wholeNumber } from '../options.ts'
import { printJson, printLine } from '../output.ts'
import { nextSignal } from '../signals.ts'

interface Flags {
  readonly backendStoreUri: string
  readonly artifactsDestination?: string
  readonly defaultArtifactRoot?: string
  readonly serveArtifacts: boolean
  readonly host: string
  readonly port: number
  readonly allowedHosts?: readonly string[]
  readonly corsAllowedOrigins?: readonly string[]
  readonly staticPrefix?: string
  readonly auth?: boolean
  readonly defaultPermission: Permission
  readonly webhookSchemes?: readonly string[]
  readonly webhookPrivateAddresses?: boolean
  readonly webhookTimeout?: number
  readonly webhookRetries?: number
  readonly webhookWorkers?: number
  readonly flowRoot: string
  readonly flows?: string
  readonly serving?: readonly string[]
  readonly json?: boolean
}

export function serverCommand(): Command {
  return commandWithExamples('server', "keep runs and models for MLflow's clients, over HTTP", [
    'server',
    'server --backend-store-uri sqlite:////srv/mlflow.db --artifacts-destination /srv/artifacts',
    'server --flows flows',
    'server --serving http://127.0.0.1:8080',
    'server --host 0.0.0.0 --port 8000 --allowed-hosts "mlflow.example.com,10.*"',
  ])
    .alias('ui')
    .addOption(
      new Option('--backend-store-uri <uri>', 'where runs and models are kept')
        .env('MLFLOW_BACKEND_STORE_URI')
        .default('sqlite:///mlflow.db'),
    )
    .addOption(
      new Option(
        '--artifacts-destination <uri>',
        'where artifacts are kept (default: mlartifacts beside the store)',
      ).env('MLFLOW_ARTIFACTS_DESTINATION'),
    )
    .addOption(
      new Option(
        '--default-artifact-root <uri>',
        'where new experiments have their artifacts, if not at the destination',
      ).env('MLFLOW_DEFAULT_ARTIFACT_ROOT'),
    )
    .option('--serve-artifacts', 'let artifacts go through the server', true)
    .option('--no-serve-artifacts', 'clients read and write artifacts where they are')
    .addOption(
      new Option('-h, --host <address>', 'address to listen on; 0.0.0.0 is open to other machines')
        .env('MLFLOW_HOST')
        .default('127.0.0.1'),
    )
    .addOption(
      new Option('-p, --port <number>', 'port to listen on; 0 takes a free one')
        .env('MLFLOW_PORT')
        .argParser(portNumber)
        .default(5000),
    )
    .addOption(
      new Option(
        '--allowed-hosts <names>',
        'names the server may be called by, * for any characters (default: this machine and private addresses)',
      )
        .env('MLFLOW_SERVER_ALLOWED_HOSTS')
        .argParser(nameList),
    )
    .addOption(
      new Option('--cors-allowed-origins <origins>', 'web pages of other origins that may use it (default: none)')
        .env('MLFLOW_SERVER_CORS_ALLOWED_ORIGINS')
        .argParser(nameList),
    )
    .addOption(
      new Option('--static-prefix <path>', 'path before all others, such as /mlflow behind a proxy').env(
        'MLFLOW_STATIC_PREFIX',
      ),
    )
    .option('--auth', 'everybody has to log in; "millrace users" says who may')
    .addOption(
      new Option('--default-permission <permission>', 'of users where nothing was granted')
        .choices(['READ', 'USE', 'EDIT', 'MANAGE', 'NO_PERMISSIONS'])
        .default('READ'),
    )
    .addOption(
      new Option('--webhook-schemes <schemes>', 'schemes that addresses of webhooks may have (default: https)')
        .env('MLFLOW_WEBHOOK_ALLOWED_SCHEMES')
        .argParser(nameList),
    )
    .option('--webhook-private-addresses', 'let webhooks call addresses that are not public')
    .addOption(
      new Option('--webhook-timeout <seconds>', 'how long a receiver of webhooks may take (default: 30)')
        .env('MLFLOW_WEBHOOK_REQUEST_TIMEOUT')
        .argParser(wholeNumber),
    )
    .addOption(
      new Option('--webhook-retries <number>', 'further attempts to deliver (default: 3)')
        .env('MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES')
        .argParser(wholeNumber),
    )
    .addOption(
      new Option('--webhook-workers <number>', 'deliveries at the same time (default: 10)')
        .env('MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS')
        .argParser(wholeNumber),
    )
    .addOption(
      new Option('--flow-root <folder>', 'where flows are kept').env('MILLRACE_FLOWS').default('.millrace/flows'),
    )
    .option('--flows <folder>', 'flow programs that may be started from the web app (default: none)')
    .addOption(
      new Option(
        '--serving <urls>',
        'model servers to show in the web app, separated by commas or given again (default: none)',
      )
        .env('MILLRACE_SERVING')
        .argParser(urlList),
    )
    .option('--json', 'print JSON for scripts')
    .helpOption('--help', 'display help for command')
    .action(serve)
}

/** Serves until SIGINT or SIGTERM: then what is under way is finished. A second signal ends it at once. */
async function serve(flags: Flags): Promise<void> {
  const [
    { createTrackingServer, listenTracking },
    { flowEndpoints, FlowPrograms, ModelServers, servingEndpoints, webPages },
  ] = await Promise.all([import('../../tracking/server/index.ts'), import('../../app/index.ts')])
  const { backendStoreUri: trackingUri, host, port, json, flowRoot: root, flows, serving = [], ...options } = flags
  await using programs = flows === undefined ? undefined : new FlowPrograms(flows, { root })
  await using servers = new ModelServers(serving)
  const server = await createTrackingServer({
    trackingUri,
    pages: await webPages(),
    endpoints: [...flowEndpoints({ root, programs }), ...servingEndpoints(servers)],
    ...options,
    webhooks: webhookOptions(flags),
  })
  const listening = await listenTracking(server, { host, port }).catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  const url = `${listening.url}${flags.staticPrefix ?? ''}`
  const shown = shownUri(trackingUri)
  if (json === true) printJson({ url, trackingUri: shown, artifacts: server.artifactsDestination })
  else printHints(url, shown, server.artifactsDestination, flags)
  const signal = await nextSignal()
  if (json !== true) printLine(`${signal}: finishing what is under way. Again to stop at once.`)
  await listening.close()
}

/** What was named before, and what `text` names, separated by commas. */
function urlList(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...nameList(text).filter((url) => url !== '')]
}

/** How webhooks are delivered. The key is a secret, which has no place on a command line. */
function webhookOptions(flags: Flags): WebhookOptions {
  const { env } = process
  const fromEnvironment = /^(1|true)$/i.test(env['MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS'] ?? '')
  return {
    secretKey: env['MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY'] || undefined,
    allowedSchemes: flags.webhookSchemes,
    allowPrivateAddresses: flags.webhookPrivateAddresses ?? fromEnvironment,
    timeoutMs: flags.webhookTimeout === undefined ? undefined : flags.webhookTimeout * 1000,
    maxRetries: flags.webhookRetries,
    workers: flags.webhookWorkers,
  }
}

function printHints(url: string, trackingUri: string, artifacts: string, { auth, host }: Flags): void {
  printLine(`Serving ${trackingUri} at ${url}

web app    ${url}/
artifacts  ${artifacts}
clients    export MLFLOW_TRACKING_URI=${url}
stop       Ctrl-C
`)
  if (auth === true) printLine('Everybody has to log in. Make users with: millrace users add NAME')
  else if (!/^(localhost|127\..*|::1)$/i.test(host)) {
    printLine('Whoever reaches this address may read, change and delete everything: --auth asks for a login.')
  }
}
