/** Every command there is, for tests that hold pages and help to them. */
import type { Command } from 'commander'
import { program } from '../../src/cli/main.ts'

export interface NamedCommand {
  /** As it is typed after `millrace`: `data describe`. */
  readonly name: string
  readonly command: Command
}

/** The commands and their sub-commands, in the order of the help. */
export function commandsOf(parent: Command = program(), prefix = ''): NamedCommand[] {
  return parent.commands.flatMap((command) => {
    const name = `${prefix}${command.name()}`
    return [{ name, command }, ...commandsOf(command, `${name} `)]
  })
}
