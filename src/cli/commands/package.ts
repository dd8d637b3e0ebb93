/** `millrace package`: models in the form in which they are shipped. */
import { Command } from 'commander'
import {
  commandWithExamples,
  jsonOption,
  type JsonFlag,
  trackingOption,
  type TrackingFlags,
  withTracking,
} from '../options.ts'
import { printJson, printLine } from '../output.ts'

interface Flags extends TrackingFlags, JsonFlag {
  readonly output: string
  readonly project?: string
  readonly program?: string
}

export function packageCommand(): Command {
  return new Command('package').description('make what a model is shipped in').addCommand(imageCommand())
}

function imageCommand(): Command {
  return commandWithExamples('image', 'write a folder of which images are built', [
    'package image models:/penguins@champion --output image',
    'package image models:/penguins@champion --output image --program programs',
    'package image models:/penguins/3 --output image --project ..',
  ])
    .argument(
      '<model-uri>',
      'the model to bake in: models:/name@alias, models:/name/version, runs:/id/path or a folder',
    )
    .requiredOption('-o, --output <folder>', 'where the build context goes')
    .option('--program <folder>', 'programs to take along: train.ts, preprocess.ts, serve.ts, there or in container/')
    .option(
      '--project <folder>',
      'whose dependencies the images have: package.json and package-lock.json (default: the nearest)',
    )
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(image)
}

async function image(model: string, { output, project, program, json, ...flags }: Flags): Promise<void> {
  const [{ writeBuildContext }, { parseModelUri }] = await Promise.all([
    import('../../container/index.ts'),
    import('../../tracking/index.ts'),
  ])
  const options = { model, output, project, program }
  const context =
    parseModelUri(model).kind === 'location'
      ? await writeBuildContext(undefined, options)
      : await withTracking(flags, async (client) => await writeBuildContext(client, options))
  if (json === true) return printJson(context)
  printLine(`${context.model.name}, version ${context.model.version}, in ${output}. Build there:`)
  for (const stage of context.stages) {
    printLine(`  docker build --file Dockerfile.${stage} --tag ${context.model.name}-${stage} .`)
  }
}
