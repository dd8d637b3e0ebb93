/** `millrace flow`: run flows and look at what they did. */
import { Command } from 'commander'
import { cardCommand } from './flow/card.ts'
import { checkCommand, showCommand } from './flow/graph.ts'
import { listCommand } from './flow/list.ts'
import { logsCommand } from './flow/logs.ts'
import { resumeCommand } from './flow/resume.ts'
import { runCommand } from './flow/run.ts'
import { stepCommand } from './flow/step.ts'

export function flowCommand(): Command {
  return new Command('flow')
    .description('run, resume and inspect flows of steps')
    .addCommand(runCommand())
    .addCommand(resumeCommand())
    .addCommand(showCommand())
    .addCommand(checkCommand())
    .addCommand(listCommand())
    .addCommand(logsCommand())
    .addCommand(cardCommand())
    .addCommand(stepCommand())
}
