/** Reading and writing SageMaker's files in a folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asError, MillraceError, parseJson, systemErrorCode, writeFileAtomic } from '../core/index.ts'
import type { Baseline } from './sagemaker-check.ts'
import {
  type Constraints,
  constraintsSchema,
  type Statistics,
  statisticsSchema,
  type Violations,
} from './sagemaker-schemas.ts'

/** Writes statistics.json and constraints.json. @throws MillraceError STORAGE_FAILED when the folder cannot be written to */
export async function writeBaseline(
  folder: string,
  { statistics, constraints }: { readonly statistics: Statistics; readonly constraints: Constraints },
): Promise<void> {
  await writeJson(folder, 'statistics.json', statistics)
  await writeJson(folder, 'constraints.json', constraints)
}

/** Writes constraint_violations.json, and statistics.json of the rows that were checked. @throws as writeBaseline */
export async function writeViolations(folder: string, violations: Violations, statistics: Statistics): Promise<void> {
  await writeJson(folder, 'statistics.json', statistics)
  await writeJson(folder, 'constraint_violations.json', violations)
}

/**
 * constraints.json of a folder, and statistics.json where there is one.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST without constraints.json, INVALID_DATA when a file is not as it should be
 */
export async function readBaseline(folder: string): Promise<Baseline> {
  const path = join(folder, 'constraints.json')
  const constraints = await readIfThere(path)
  if (constraints === undefined) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no ${path}. Make one from data that are right: millrace monitor baseline DATA --output ${folder}`,
    )
  }
  const statisticsPath = join(folder, 'statistics.json')
  const statistics = await readIfThere(statisticsPath)
  return {
    constraints: parseJson(constraintsSchema, constraints, path, 'INVALID_DATA'),
    ...(statistics !== undefined && {
      statistics: parseJson(statisticsSchema, statistics, statisticsPath, 'INVALID_DATA'),
    }),
  }
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeFileAtomic(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw new MillraceError('STORAGE_FAILED', `${path} cannot be read: ${asError(cause).message}`, { cause })
  }
}
