/** What a step returned: checked by the kind of the step, and stored. */
import { hasCode, mapLimited, MillraceError } from '../core/index.ts'
import type { ArtifactReference, ArtifactStore, References } from './artifact-store.ts'
import { RESERVED_ARTIFACTS } from './checks.ts'
import { brief } from './task-error.ts'

/** Stores the artifacts of a step or join; `errorName` is null when a step succeeds whose error would be caught. */
export async function saveResult(
  artifacts: ArtifactStore,
  step: string,
  result: unknown,
  errorName: string | undefined,
): Promise<References> {
  const noError = errorName === undefined ? {} : { [errorName]: null }
  const written = { ...checkResult(step, result), ...noError }
  return Object.fromEntries(
    await Promise.all(
      Object.entries(written).map(async ([key, value]) => [key, await save(artifacts, step, value, key)] as const),
    ),
  )
}

/** What a step returned, which has to be an object of artifacts, or nothing. */
function checkResult(step: string, result: unknown): Readonly<Record<string, unknown>> {
  if (result === undefined || result === null) return {}
  const prototype: unknown = typeof result === 'object' ? Object.getPrototypeOf(result) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `The step "${step}" returned ${brief(result)}. Return an object with a name for each artifact, such as { rows }, or nothing.`,
    )
  }
  const reserved = Object.keys(result).find((key) => RESERVED_ARTIFACTS.includes(key))
  if (reserved !== undefined) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `The step "${step}" returned an artifact "${reserved}", which is a reserved name. Rename it.`,
    )
  }
  return result as Readonly<Record<string, unknown>>
}

/** Stores the items of a foreach, with their positions. */
export async function saveItems(
  artifacts: ArtifactStore,
  step: string,
  result: unknown,
  maxNumSplits: number,
): Promise<References[]> {
  if (typeof result !== 'object' || result === null || !(Symbol.iterator in result)) {
    throw new MillraceError(
      'INVALID_ARTIFACT',
      `The foreach "${step}" returned ${brief(result)}. Return a list of items.`,
    )
  }
  const items = atMost(result as Iterable<unknown>, maxNumSplits + 1)
  if (items.length === 0) {
    throw new MillraceError(
      'TASK_FAILED',
      `The foreach "${step}" has no items, so that its body would never run. Return at least one, or put a switch before it.`,
    )
  }
  if (items.length > maxNumSplits) {
    throw new MillraceError(
      'TASK_FAILED',
      `The foreach "${step}" has more than the ${maxNumSplits} items allowed. Raise --max-num-splits if that is meant.`,
    )
  }
  return await mapLimited(items, async (item, index) => ({
    item: await save(artifacts, step, item, `item ${index}`),
    index: await save(artifacts, step, index, 'index'),
  }))
}

/** The first `count` items: there may be no end to them. */
function atMost(items: Iterable<unknown>, count: number): unknown[] {
  const first: unknown[] = []
  for (const item of items) if (first.push(item) === count) break
  return first
}

async function save(artifacts: ArtifactStore, step: string, value: unknown, name: string): Promise<ArtifactReference> {
  try {
    return await artifacts.save(value, name)
  } catch (error) {
    if (!hasCode(error, 'INVALID_ARTIFACT')) throw error
    throw new MillraceError('INVALID_ARTIFACT', `The step "${step}" returned what cannot be stored: ${error.message}`)
  }
}

/** The case a switch has chosen. */
export function checkChoice(step: string, result: unknown, cases: readonly string[]): string {
  if (typeof result === 'string' && cases.includes(result)) return result
  throw new MillraceError(
    'TASK_FAILED',
    `The switch "${step}" chose ${brief(result)}, which is none of its cases: ${cases.join(', ')}.`,
  )
}

/** Whether a loop is done. */
export function checkDone(step: string, result: unknown): boolean {
  if (typeof result === 'boolean') return result
  throw new MillraceError(
    'TASK_FAILED',
    `"until" of the loop "${step}" returned ${brief(result)}. Return true or false.`,
  )
}
