/** `millrace models`: the registry. */
import { Command, Option } from 'commander'
import { hasCode, MillraceError } from '../../core/index.ts'
import type { ChangeNote, RegistryChange, TrackingClient } from '../../tracking/index.ts'
import {
  commandWithExamples,
  jsonOption,
  type JsonFlag,
  trackingOption,
  type TrackingFlags,
  wholeNumber,
  withTracking,
} from '../options.ts'
import { bold, formatTime, printJson, printLine, printTable } from '../output.ts'

type Flags = TrackingFlags & JsonFlag
type ChangeFlags = Flags & { readonly reason?: string }

export function modelsCommand(): Command {
  return new Command('models')
    .description('registered models: versions, aliases and stages')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(aliasCommand())
    .addCommand(stageCommand())
    .addCommand(deleteCommand())
    .addCommand(historyCommand())
}

function listCommand(): Command {
  return commandWithExamples('list', 'list registered models', ['models list', 'models list --json'])
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (flags: Flags) => {
      await withTracking(flags, async (client) => {
        const { items } = await client.searchRegisteredModels({ maxResults: 1000 })
        if (flags.json === true) return printJson(items)
        if (items.length === 0)
          return printLine(
            'There are no registered models yet. Make one: millrace train DATA --target COLUMN --register NAME',
          )
        const rows = items.map(({ name, latestVersions, aliases, lastUpdatedTime }) => [
          name,
          Math.max(0, ...latestVersions.map(({ version }) => version)),
          Object.entries(aliases)
            .map(([alias, version]) => `@${alias} ${version}`)
            .join(', '),
          formatTime(lastUpdatedTime),
        ])
        printTable(['name', 'latest version', 'aliases', 'updated (UTC)'], rows)
      })
    })
}

function showCommand(): Command {
  return commandWithExamples('show', 'show the versions of a model and the evidence of its gates', [
    'models show penguins',
  ])
    .argument('<name>', 'of the registered model')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: Flags) => {
      const { findRegisteredModel, gateEvidence } = await import('../../tracking/index.ts')
      await withTracking(flags, async (client) => {
        const model = await findRegisteredModel(client, name)
        const { items: versions } = await client.searchModelVersions({
          filter: `name = ${name.includes("'") ? `"${name}"` : `'${name}'`}`,
          orderBy: ['version_number DESC'],
        })
        const gates = await Promise.all(versions.map(async ({ version }) => await gateEvidence(client, name, version)))
        if (flags.json === true) {
          return printJson({ ...model, versions: versions.map((version, i) => ({ ...version, gates: gates[i] })) })
        }
        printLine(`${bold(model.name)}${model.description === '' ? '' : `  ${model.description}`}`)
        const rows = versions.map(({ version, currentStage, aliases, creationTime, runId }, i) => [
          version,
          currentStage,
          aliases.map((alias) => `@${alias}`).join(', '),
          formatTime(creationTime),
          gates[i]!.map(describeGate).join('; '),
          runId,
        ])
        printTable(['version', 'stage', 'aliases', 'created (UTC)', 'gates', 'run id'], rows)
      })
    })
}

interface Gate {
  readonly metric: string
  readonly value: number
  readonly threshold: number
  readonly comparison: string
  readonly passed: boolean
}

function describeGate({ metric, value, comparison, threshold, passed }: Gate): string {
  return `${metric} ${Number(value.toPrecision(4))} ${comparison} ${threshold} ${passed ? 'passed' : 'FAILED'}`
}

function aliasCommand(): Command {
  return commandWithExamples('alias', 'point an alias at a version, or remove it', [
    'models alias penguins champion 3',
    'models alias penguins challenger --delete',
  ])
    .argument('<name>', 'of the registered model')
    .argument('<alias>', 'such as champion')
    .argument('[version]', 'the version it shall mean', wholeNumber)
    .option('--delete', 'remove the alias')
    .addOption(reasonOption())
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(
      async (name: string, alias: string, version: number | undefined, flags: ChangeFlags & { delete?: boolean }) => {
        if ((version === undefined) !== (flags.delete === true)) {
          throw new MillraceError('INVALID_ARGUMENT', 'models alias needs either a version or --delete.')
        }
        await withTracking(flags, async (client) => {
          await requireModel(client, name, version)
          if (version === undefined) await client.deleteRegisteredModelAlias(name, alias, noteOf(flags))
          else await client.setRegisteredModelAlias(name, alias, version, noteOf(flags))
          if (flags.json === true) return printJson({ name, alias, version: version ?? null })
          printLine(`models:/${name}@${alias} is ${version === undefined ? 'no more' : `version ${version} now`}.`)
        })
      },
    )
}

function stageCommand(): Command {
  return commandWithExamples('stage', 'move a version to a stage', [
    'models stage penguins 3 Production --archive-existing',
  ])
    .argument('<name>', 'of the registered model')
    .argument('<version>', 'the version to move', wholeNumber)
    .argument('<stage>', 'None, Staging, Production or Archived')
    .option('--archive-existing', 'archive the versions that are in that stage')
    .addOption(reasonOption())
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(
      async (name: string, version: number, stage: string, flags: ChangeFlags & { archiveExisting?: boolean }) => {
        await withTracking(flags, async (client) => {
          await requireModel(client, name, version)
          const moved = await client.transitionModelVersionStage(name, version, stage, {
            archiveExistingVersions: flags.archiveExisting === true,
            ...noteOf(flags),
          })
          if (flags.json === true) return printJson(moved)
          printLine(`Version ${version} of ${name} is in stage ${moved.currentStage} now.`)
        })
      },
    )
}

function deleteCommand(): Command {
  return commandWithExamples('delete', 'delete a version, or a model with all its versions', [
    'models delete penguins 2',
    'models delete penguins --yes',
  ])
    .argument('<name>', 'of the registered model')
    .argument('[version]', 'only this version', wholeNumber)
    .option('--yes', 'delete the whole model without asking')
    .addOption(reasonOption())
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (name: string, version: number | undefined, flags: ChangeFlags & { yes?: boolean }) => {
      await withTracking(flags, async (client) => {
        await requireModel(client, name, version)
        if (version !== undefined) {
          await client.deleteModelVersion(name, version, noteOf(flags))
          if (flags.json === true) return printJson({ name, version, deleted: true })
          return printLine(`Version ${version} of ${name} is deleted. Its files stay with the run that made it.`)
        }
        if (flags.yes !== true) {
          throw new MillraceError(
            'INVALID_ARGUMENT',
            `This would delete ${name} with all its versions. Add --yes if you mean it, or name a version.`,
          )
        }
        await client.deleteRegisteredModel(name, noteOf(flags))
        if (flags.json === true) return printJson({ name, deleted: true })
        printLine(`${name} is deleted.`)
      })
    })
}

function historyCommand(): Command {
  return commandWithExamples('history', 'who moved aliases and stages, renamed and deleted, and why', [
    'models history penguins',
    'models history penguins --json',
  ])
    .argument('<name>', 'of the registered model, or of one that was deleted')
    .addOption(trackingOption())
    .addOption(jsonOption())
    .action(async (name: string, flags: Flags) => {
      await withTracking(flags, async (client) => {
        const changes: RegistryChange[] = []
        let pageToken: string | undefined
        do {
          const page = await client
            .getRegistryHistory(name, { maxResults: 1000, pageToken })
            .catch(async (error: unknown) => {
              // Names the models there are; where this is one, it is the server that has no history.
              if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) await requireModel(client, name, undefined)
              throw error
            })
          changes.push(...page.items)
          pageToken = page.nextPageToken
        } while (pageToken !== undefined)
        if (flags.json === true) return printJson(changes)
        if (changes.length === 0) return printLine(`Nothing was moved or deleted in ${name} yet.`)
        const rows = changes.map((change) => [formatTime(change.time), change.user, describe(change), change.reason])
        printTable(['time (UTC)', 'user', 'what', 'why'], rows)
      })
    })
}

function describe({ action, version, alias, from, to }: RegistryChange): string {
  switch (action) {
    case 'alias_set':
      return `@${alias} is version ${to}${from === undefined ? '' : `, was ${from}`}`
    case 'alias_deleted':
      return `@${alias} is no more, was version ${from}`
    case 'stage_changed':
      return `version ${version} from ${from} to ${to}`
    case 'version_deleted':
      return `version ${version} deleted`
    case 'model_renamed':
      return `renamed from ${from} to ${to}`
    case 'model_deleted':
      return 'deleted with all versions'
    default:
      return action satisfies never
  }
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such model or version, listing what there is */
async function requireModel(client: TrackingClient, name: string, version: number | undefined): Promise<void> {
  const { findModelVersion, findRegisteredModel } = await import('../../tracking/index.ts')
  if (version === undefined) await findRegisteredModel(client, name)
  else await findModelVersion(client, { kind: 'version', name, version })
}

function reasonOption(): Option {
  return new Option('--reason <text>', 'why, for the history of the model')
}

function noteOf({ reason }: ChangeFlags): ChangeNote {
  return { reason }
}
