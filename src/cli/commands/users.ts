/** `millrace users`: who may use a server that was started with --auth. */
import { Argument, Command, Option } from 'commander'
import type { Permission, ResourceType, UserStore } from '../../tracking/server/index.ts'
import { commandWithExamples, type JsonFlag, jsonOption } from '../options.ts'
import { printJson, printLine, printTable } from '../output.ts'
import { readPassword } from '../read-password.ts'

interface Flags extends JsonFlag {
  readonly backendStoreUri: string
}

const PERMISSIONS: readonly Permission[] = ['NO_PERMISSIONS', 'READ', 'USE', 'EDIT', 'MANAGE']

export function usersCommand(): Command {
  return new Command('users')
    .description('users of a server that was started with --auth: passwords, tokens, permissions')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(passwordCommand())
    .addCommand(tokenCommand())
    .addCommand(permitCommand())
    .addCommand(deleteCommand())
}

function addCommand(): Command {
  return commandWithExamples('add', 'make a user, whose password is asked for', [
    'users add ada --admin',
    'users add bob < password.txt',
  ])
    .argument('<name>', 'of the user')
    .option('--admin', 'may do everything, make users too')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: Flags & { admin?: boolean }) => {
      const password = await readPassword(`Password for ${name}`)
      await withUsers(flags, async (users) => {
        const isAdmin = flags.admin === true
        const { id, username } = await users.createUser(name, password, { isAdmin })
        if (flags.json === true) return printJson({ id, username, isAdmin })
        printLine(`${name} may log in now${isAdmin ? ', as an administrator' : ''}.`)
      })
    })
}

function listCommand(): Command {
  return commandWithExamples('list', 'list users with what was granted to them', ['users list', 'users list --json'])
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (flags: Flags) => {
      await withUsers(flags, async (users) => {
        const found = await Promise.all(
          (await users.listUsers()).map(async (user) => ({ ...user, grants: await users.grantsOf(user.username) })),
        )
        if (flags.json === true) return printJson(found)
        if (found.length === 0)
          return printLine('There are no users yet. Make the first: millrace users add NAME --admin')
        const rows = found.map(({ username, isAdmin, grants }) => [
          username,
          isAdmin
            ? 'everything'
            : grants.map(({ type, resource, permission }) => `${type} ${resource}: ${permission}`).join(', '),
        ])
        printTable(['user', 'may'], rows)
      })
    })
}

function passwordCommand(): Command {
  return commandWithExamples('password', 'give a user another password, which is asked for', ['users password ada'])
    .argument('<name>', 'of the user')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: Flags) => {
      const password = await readPassword(`New password for ${name}`)
      await withUsers(flags, async (users) => {
        await users.setPassword(name, password)
        if (flags.json === true) return printJson({ username: name, passwordChanged: true })
        printLine(`${name} has another password now.`)
      })
    })
}

function tokenCommand(): Command {
  return commandWithExamples('token', 'print a new token that logs a user in, or make all of them worthless', [
    'users token ada',
    'users token ada --revoke',
  ])
    .argument('<name>', 'of the user')
    .option('--revoke', 'make the tokens that there are worthless')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: Flags & { revoke?: boolean }) => {
      await withUsers(flags, async (users) => {
        if (flags.revoke !== true) {
          const token = await users.createToken(name)
          return flags.json === true ? printJson({ username: name, token }) : printLine(token)
        }
        await users.deleteTokens(name)
        if (flags.json === true) return printJson({ username: name, tokensRevoked: true })
        printLine(`No token of ${name} is worth anything any more.`)
      })
    })
}

function permitCommand(): Command {
  return commandWithExamples('permit', 'say what a user may do with an experiment or a registered model', [
    'users permit bob experiment 3 EDIT',
    'users permit bob registered_model penguins NO_PERMISSIONS',
  ])
    .argument('<name>', 'of the user')
    .addArgument(new Argument('<type>', 'of the thing').choices(['experiment', 'registered_model']))
    .argument('<resource>', 'id of the experiment, or name of the model')
    .addArgument(new Argument('<permission>', 'MANAGE includes EDIT, which includes READ').choices(PERMISSIONS))
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (name: string, type: ResourceType, resource: string, permission: Permission, flags: Flags) => {
      await withUsers(flags, async (users) => {
        await users.grant(name, { type, resource, permission })
        if (flags.json === true) return printJson({ username: name, type, resource, permission })
        printLine(`${name} has ${permission} for ${type} ${resource} now.`)
      })
    })
}

function deleteCommand(): Command {
  return commandWithExamples('delete', 'delete a user with tokens and permissions', ['users delete bob'])
    .argument('<name>', 'of the user')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: Flags) => {
      await withUsers(flags, async (users) => {
        await users.deleteUser(name)
        if (flags.json === true) return printJson({ username: name, deleted: true })
        printLine(`${name} is deleted.`)
      })
    })
}

function storeOption(): Option {
  return new Option('--backend-store-uri <uri>', "the server's database")
    .env('MLFLOW_BACKEND_STORE_URI')
    .default('sqlite:///mlflow.db')
}

async function withUsers(flags: Flags, work: (users: UserStore) => Promise<void>): Promise<void> {
  const { openUsers } = await import('../../tracking/server/index.ts')
  await using users = await openUsers(flags.backendStoreUri)
  await work(users)
}
