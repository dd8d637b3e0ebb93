/**
 * The penguins' whole circle: train by a flow, gate, deploy, serve, meet traffic that drifts, notice, retrain, gate the
 * challenger and swap it in while people go on asking. Everything it makes is in the folder it is started in.
 */
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, styleText } from 'node:util'
import { captureBy } from 'millrace/backend'
import { MillraceError, openPort, shownUri } from 'millrace/core'
import { type Chain, runFlow } from 'millrace/flow'
import { createModelServer, listen, type Listening } from 'millrace/serve'
import type deployment from './flows/deployment.ts'
import type monitoring from './flows/monitoring.ts'
import type retrain from './flows/retrain.ts'
import type traffic from './flows/traffic.ts'
import type training from './flows/training.ts'
import { completeRows, featuresOf, readPenguins } from './model.ts'
import { commonParameters, configSchema, NAME, openBackendOf } from './settings.ts'
import { visit } from './visitors.ts'

const USAGE = `Usage: npm start [-- --once] [-- --port N] [-- --epochs N]

Takes the penguins model once round its life, then serves it until Ctrl-C.

  --once      exit when the circle is closed
  --port N    where the model answers (default 8080; 0 takes a free one)
  --epochs N  epochs of each training (default 50)
  --help      show this text
`

const CONFIG = fileURLToPath(new URL('config/local.yml', import.meta.url))
const SAMPLES = 200
const ACCURACY_THRESHOLD = 0.7

/** Runs the program with the arguments of the process. @throws whatever stopped it, with a message for people */
export async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
      epochs: { type: 'string', default: '50' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) return say(USAGE)
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  process.once('SIGTERM', () => interrupt.abort())
  await using circle = new Circle(interrupt.signal)
  await circle.run({ epochs: values.epochs, port: Number(values.port), once: values.once })
  if (!values.once) await circle.stay()
}

/** What a flow's run ends with. */
type Artifacts<F> = F extends Chain<infer Readable, string> ? Readable : never

interface CircleOptions {
  readonly epochs: string
  readonly port: number
  readonly once: boolean
}

class Circle implements AsyncDisposable {
  readonly #signal: AbortSignal
  readonly #started = performance.now()
  readonly #log: [what: string, result: string, seconds: string][] = []
  /** The newest run of each flow. */
  readonly #runs = new Map<string, string>()
  #server: Listening | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  async run({ epochs, port: wanted, once }: CircleOptions): Promise<void> {
    const port = await freePort(wanted)
    await this.#stage('Train', 'a flow cross-validates on 5 folds, trains on all rows and registers', async () => {
      const { scores, evidence, version } = await this.#flow<typeof training>('training', {
        trainingEpochs: epochs,
        accuracyThreshold: ACCURACY_THRESHOLD,
      })
      if (version === undefined) throw gateFailed(evidence.value)
      const accuracy = scores['accuracy']
      return `accuracy ${accuracy?.mean.toFixed(3)} ± ${accuracy?.std.toFixed(3)}, gate passed, version ${version}`
    })
    await this.#stage('Deploy', 'the new version becomes the champion', async () => {
      const endpoint = `http://127.0.0.1:${port}/invocations`
      const { version } = await this.#flow<typeof deployment>('deployment', { endpoint })
      return `models:/${NAME}@champion is version ${version}`
    })
    await this.#stage('Serve', 'the champion, from this process', async () => {
      await this.#serve(port)
      return `answers at ${this.#url}`
    })
    await this.#stage('Meet traffic', `${SAMPLES} penguins like those it learned from, then their labels`, async () => {
      const { answered, labelled } = await this.#traffic(false)
      return `${answered} answered, ${labelled} labelled`
    })
    await this.#stage('Watch', 'production against the training data', async () => await this.#monitor())
    await this.#stage('Meet drift', `${SAMPLES} penguins that are heavier`, async () => {
      const { answered, labelled } = await this.#traffic(true)
      return `${answered} answered, ${labelled} labelled`
    })
    await this.#stage('Watch', 'production against the training data', async () => await this.#monitor())
    await this.#stage(
      'Retrain',
      'anew on old and new rows, against the champion, while people go on asking',
      async () => {
        return await this.#retrain(epochs)
      },
    )
    this.#summarise(once)
  }

  /** Waits for Ctrl-C. */
  async stay(): Promise<void> {
    say(`\n${bold('Serving')} at ${this.#url}: open it in a browser. Ctrl-C stops.`)
    await new Promise((resolve) => this.#signal.addEventListener('abort', resolve, { once: true }))
    say('\nStopping: what is under way is finished.')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.close()
  }

  get #url(): string {
    return this.#server?.url ?? ''
  }

  async #serve(port: number): Promise<void> {
    const backend = await openBackendOf(configSchema.parse({}), {})
    const server = await createModelServer({
      models: [{ uri: `models:/${NAME}@champion` }],
      trackingUri: commonParameters.mlflowTrackingUri.parse(undefined),
      capture: captureBy(backend),
    })
    this.#server = await listen(server, { port })
  }

  async #traffic(drift: boolean): Promise<{ answered: number; labelled: number }> {
    const { sent } = await this.#flow<typeof traffic>('traffic', { samples: SAMPLES, drift, seed: 42 })
    const labels = { mode: 'labels', groundTruth: 'dataset', groundTruthQuality: 1, seed: 42 }
    const { labelled } = await this.#flow<typeof traffic>('traffic', labels)
    return { answered: sent, labelled }
  }

  async #monitor(): Promise<string> {
    const { drift, accuracy } = await this.#flow<typeof monitoring>('monitoring', { samples: SAMPLES })
    if (drift === undefined) return 'no labelled production rows'
    const drifting = Object.entries(drift.columns).filter(([, column]) => column.drift)
    const names = drifting.map(([name, { score, label }]) => `${name} (${label} ${score.toPrecision(2)})`)
    const verdict = drift.drift ? `drift in ${names.join(', ')}` : 'no drift'
    return `${verdict}; accuracy ${accuracy?.toFixed(3)}`
  }

  /** Retrains while visitors keep asking, who go on for a moment after the swap. */
  async #retrain(epochs: string): Promise<string> {
    const leave = new AbortController()
    const rows = featuresOf(completeRows(await readPenguins(commonParameters.dataset.parse(undefined))))
    const visiting = visit(this.#url, rows, leave.signal)
    try {
      const parameters = { trainingEpochs: epochs, samples: SAMPLES, coolDownMinutes: 0 }
      const { decision, evidence, promoted, version } = await this.#flow<typeof retrain>('retrain', parameters)
      if (evidence === undefined) return decision.reason
      await pause(300)
      leave.abort()
      const { answered, failed, versions } = await visiting
      const judged = `${signed(evidence.value)} accuracy on held-out rows (95 % interval ${signed(evidence.interval?.low)} to ${signed(evidence.interval?.high)})`
      const outcome = promoted ? `version ${version} is the champion` : `version ${version} stays a challenger`
      return `${judged}: ${outcome}; ${answered} visitors answered by version ${versions.join(', then ')}, ${failed} turned away`
    } finally {
      leave.abort()
    }
  }

  /** Runs a flow of this folder; what its steps print is shown. */
  async #flow<F>(name: string, parameters: Readonly<Record<string, unknown>>): Promise<Artifacts<F>> {
    const endpoint = this.#server === undefined ? {} : { endpoint: `${this.#url}/invocations` }
    const { artifacts, runId } = await runFlow(new URL(`flows/${name}.ts`, import.meta.url), {
      parameters: { ...endpoint, ...parameters },
      configFile: CONFIG,
      signal: this.#signal,
      onEvent: (event) => {
        if (event.kind === 'task output') process.stdout.write(event.text.replaceAll(/^(?=.)/gm, '   '))
      },
    })
    this.#runs.set(name, `${name}/${runId}`)
    return artifacts as Artifacts<F>
  }

  async #stage(title: string, purpose: string, work: () => Promise<string>): Promise<void> {
    this.#signal.throwIfAborted()
    say(`\n${bold(`${this.#log.length + 1}. ${title}`)}: ${purpose}`)
    const started = performance.now()
    const result = await work()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    this.#log.push([title, result, seconds])
    say(`   ${result}`)
  }

  #summarise(once: boolean): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1)
    const width = Math.max(...this.#log.map(([title]) => title.length))
    const rows = this.#log.map(([title, result, time]) => `  ${title.padEnd(width)}  ${time.padStart(5)} s  ${result}`)
    say(`
${bold('The circle is closed')} in ${seconds} s.

${rows.join('\n')}

Try next:

  npx millrace models show ${NAME}
  npx millrace runs list
  npx millrace flow list
  npx millrace flow card ${this.#runs.get('monitoring')}/drift --open
  ${once ? `npx millrace serve models:/${NAME}@champion` : `curl ${this.#url}/predict -H 'content-type: application/json' -d '${JSON.stringify(PENGUIN)}'`}
  npx millrace server${once ? '' : ` --serving ${this.#url}`}      (runs, models, what is served and what drifts, in the browser)
  mlflow ui --backend-store-uri ${shownUri(commonParameters.mlflowTrackingUri.parse(undefined))}      (if you have MLflow)`)
  }
}

const PENGUIN = {
  island: 'Biscoe',
  culmen_length_mm: 48.6,
  culmen_depth_mm: 16,
  flipper_length_mm: 230,
  body_mass_g: 5800,
  sex: 'MALE',
}

/** The port to serve at, known to be free before there is a model to serve: 0 becomes one that is. */
async function freePort(wanted: number): Promise<number> {
  const open = await openPort(() => undefined, { port: wanted, host: '127.0.0.1' })
  await open.close()
  return open.port
}

function gateFailed(accuracy: number): MillraceError {
  return new MillraceError(
    'GATE_FAILED',
    `Not registered: the accuracy is ${accuracy.toFixed(3)}, the gate asks for ${ACCURACY_THRESHOLD}. The run keeps the model.`,
  )
}

function signed(value = NaN): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}
