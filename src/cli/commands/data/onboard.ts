/** `millrace data onboard`: getting a known data set onto this machine. */
import type { Command } from 'commander'
import type { OnboardProgress } from '../../../data/index.ts'
import { commandWithExamples, interruptible, jsonOption, type JsonFlag, nameList } from '../../options.ts'
import { bold, printJson, printLine, printTable } from '../../output.ts'

interface OnboardFlags extends JsonFlag {
  readonly from?: string
  readonly to?: string
  readonly mirror?: string[]
}

export function onboardCommand(): Command {
  return commandWithExamples('onboard', 'get a known data set: find it here, copy or download it, check its sums', [
    'data onboard fashion-mnist',
    'data onboard fashion-mnist --from /media/stick/fashion-mnist',
    'data onboard',
  ])
    .argument('[name]', 'of the data set; without it the known ones are listed')
    .option('--from <folder>', 'copy its files from there, without a network')
    .option('--to <folder>', 'where to put them (default: where they are already, else datasets/<name>)')
    .option('--mirror <urls>', 'download from these folders in place of the known ones (comma-separated)', nameList)
    .addOption(jsonOption())
    .action(onboard)
}

async function onboard(name: string | undefined, { from, to, mirror, json }: OnboardFlags): Promise<void> {
  const { knownDataset, onboardDataset } = await import('../../../data/index.ts')
  if (name === undefined) return await list(json === true)
  const dataset = knownDataset(name)
  const progress = progressLine()
  const { folder, files } = await interruptible(
    (signal) =>
      onboardDataset(dataset, {
        signal,
        onProgress: progress.show,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(mirror !== undefined && { mirrors: mirror }),
      }),
    'Stopping. What has arrived is kept: run it again to go on.',
  ).finally(progress.end)
  if (json === true) return printJson({ name, folder, files })
  printTable(
    ['file', 'came'],
    files.map((file) => [file.name, file.came]),
  )
  printLine(`\n${bold(name)} is in ${folder}, as published. Licence: ${dataset.licence}.`)
  printLine(`Cite: ${dataset.citation}`)
}

async function list(json: boolean): Promise<void> {
  const { knownDatasets } = await import('../../../data/index.ts')
  const rows = knownDatasets().map(({ name, files, licence, description }) => ({
    name,
    megabytes: Math.round(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1e5) / 10,
    licence,
    description,
  }))
  if (json) return printJson(rows)
  printTable(
    ['name', 'MB', 'licence', 'what it is'],
    rows.map(({ name, megabytes, licence, description }) => [name, megabytes, licence, description]),
  )
}

/** On a terminal, a line that keeps changing; elsewhere a line for each file once it is there. */
function progressLine(): { readonly show: (progress: OnboardProgress) => void; readonly end: () => void } {
  const { stderr } = process
  let shown = ''
  return {
    show({ file, receivedBytes, sizeBytes }) {
      const percent = Math.floor((receivedBytes / sizeBytes) * 100)
      const line = `${file}  ${percent} % of ${(sizeBytes / 1e6).toFixed(1)} MB`
      if (line === shown) return
      if (stderr.isTTY) stderr.write(`\r${line}\u001B[K`)
      else if (receivedBytes === sizeBytes) stderr.write(`${line}\n`)
      shown = line
    },
    end() {
      if (stderr.isTTY && shown !== '') stderr.write('\n')
    },
  }
}
