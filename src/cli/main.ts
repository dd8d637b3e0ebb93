/** The command line: `millrace …`. Commands load what they need when they run, so that help comes at once. */
import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { shownText } from '../core/index.ts'
import { containerCommand } from './commands/container.ts'
import { dataCommand } from './commands/data.ts'
import { flowCommand } from './commands/flow.ts'
import { gcCommand } from './commands/gc.ts'
import { modelsCommand } from './commands/models.ts'
import { monitorCommand } from './commands/monitor.ts'
import { packageCommand } from './commands/package.ts'
import { predictCommand } from './commands/predict.ts'
import { runsCommand } from './commands/runs.ts'
import { sagemakerCommand } from './commands/sagemaker.ts'
import { serveCommand } from './commands/serve.ts'
import { serverCommand } from './commands/server.ts'
import { storeCommand } from './commands/store.ts'
import { trainCommand } from './commands/train.ts'
import { usersCommand } from './commands/users.ts'
import { exitCodeOf, explain } from './failure.ts'

/** Runs the command that `argv` names and sets the exit code of the process. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endOutput)
  // Nobody reads what is said of the work any more, which is no reason to stop it.
  process.stderr.on('error', () => undefined)
  try {
    await program(argv[0]).parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    process.stderr.write(`${explain(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}

function endOutput(error: NodeJS.ErrnoException): never {
  // A reader that has seen enough, such as `head`, closes the pipe: that is no failure.
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`millrace: Cannot write to standard output: ${error.message}. [STORAGE_FAILED]\n`)
  process.exit(1)
}

/** In the order of a model's life. */
const commands: Readonly<Record<string, () => Command>> = {
  data: dataCommand,
  train: trainCommand,
  flow: flowCommand,
  runs: runsCommand,
  models: modelsCommand,
  predict: predictCommand,
  serve: serveCommand,
  server: serverCommand,
  users: usersCommand,
  store: storeCommand,
  gc: gcCommand,
  monitor: monitorCommand,
  container: containerCommand,
  package: packageCommand,
  sagemaker: sagemakerCommand,
}

/** All commands; with the name of one that one only, which is quicker. */
export function program(name = ''): Command {
  const millrace = new Command('millrace')
    .description('Machine learning operations in TypeScript: take a model round its whole life.')
    .version(packageJson.version)
    // Behind a command `--version` is an option of its own, such as a parameter of a flow.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  const wanted = Object.hasOwn(commands, name) ? [commands[name]!] : Object.values(commands)
  for (const make of wanted) millrace.addCommand(make())
  return inherit(millrace)
}

/** Sub-commands take the error handling of the program: Commander copies it only for those it makes itself. */
function inherit(command: Command): Command {
  command
    .exitOverride()
    .showHelpAfterError('(add --help for the options and examples)')
    .configureOutput({ outputError: (text, write) => write(shownText(text.replace(/^error: /, 'millrace: '))) })
  for (const sub of command.commands) inherit(sub)
  return command
}

const EXAMPLES = `
Examples, in the order of a model's life:
  $ millrace data describe penguins.csv
  $ millrace train penguins.csv --target species --folds 5 --gate "accuracy>=0.7" --register penguins --alias champion
  $ millrace runs list
  $ millrace models show penguins
  $ millrace predict models:/penguins@champion --input new.csv --output predictions.csv
  $ millrace serve models:/penguins@champion --port 8080
  $ millrace monitor compare penguins.csv production.csv --html drift.html --fail-on-drift

Everything is kept in mlflow.db and mlartifacts/ of the current folder, in MLflow's own format, unless
MLFLOW_TRACKING_URI or --tracking-uri says otherwise.`
