/** `millrace flow card`: a page about a run or a task. */
import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { MillraceError, writeFileAtomic } from '../../../core/index.ts'
import { commandWithExamples, jsonOption, type JsonFlag } from '../../options.ts'
import { printJson, printLine } from '../../output.ts'
import { rootOption } from './run-options.ts'

interface Flags extends JsonFlag {
  readonly root: string
  readonly output?: string
  readonly open?: boolean
}

export function cardCommand(): Command {
  return commandWithExamples('card', 'write a page about a run or a task, as one HTML file', [
    'flow card training/1764000000000000 --open',
    'flow card training/1764000000000000/evaluate --output evaluate.html',
  ])
    .argument('<pathspec>', 'flow/run, flow/run/step or flow/run/step/task')
    .option('--output <file>', 'where to write it; - is standard output (default: a temporary file)')
    .option('--open', 'show it in the browser')
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (pathspec: string, { root, output, open, json }: Flags) => {
      if (json === true && output === '-') {
        throw new MillraceError('INVALID_ARGUMENT', 'Only one of --json and --output - can have standard output.')
      }
      const { openFlows, renderRunCard, renderStoredTaskCard } = await import('../../../flow/index.ts')
      const flows = openFlows({ root })
      const parts = pathspec.split('/')
      const run = await flows.run(parts.slice(0, 2).join('/'))
      const html = await (parts.length > 2 ? renderStoredTaskCard(run, await flows.task(pathspec)) : renderRunCard(run))
      if (output === '-') {
        process.stdout.write(html)
        return
      }
      const file = resolve(
        output ?? join(await mkdtemp(join(tmpdir(), 'millrace-card-')), `${parts.slice(0, 4).join('-')}.html`),
      )
      await writeFileAtomic(file, html)
      if (json === true) printJson({ pathspec, file })
      else printLine(`The card is in ${output ?? file}.`)
      if (open === true) openInBrowser(file)
    })
}

function openInBrowser(file: string): void {
  const [command, args] =
    {
      darwin: ['open', [file]] as const,
      win32: ['cmd', ['/c', 'start', '', file]] as const,
    }[process.platform as string] ?? (['xdg-open', [file]] as const)
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => process.stderr.write(`Cannot start a browser with ${command}. Open ${file} yourself.\n`))
  child.unref()
}
