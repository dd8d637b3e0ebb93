/** Results of steps kept for later runs, by a hash of the code, the inputs and where the task stands. */
import { createHash } from 'node:crypto'
import type { References } from './artifact-store.ts'
import type { FlowDefinition } from './definition.ts'
import type { TaskNode } from './graph.ts'
import type { RunStore } from './run-store.ts'
import type { KnownResult } from './run-tasks.ts'
import type { TaskRequest } from './walk.ts'

export interface StepCache {
  /** Undefined for a step that is not to be cached. */
  keyOf(request: TaskRequest, node: TaskNode): Promise<string | undefined>
  find(key: string): Promise<KnownResult | undefined>
  keep(key: string, result: KnownResult): void
}

interface CacheOptions {
  readonly flow: FlowDefinition
  readonly file: string | undefined
  readonly store: RunStore
  /** True for every step; otherwise for those that ask for it. */
  readonly cache?: boolean
}

/**
 * The cache of a flow. The key covers the step's function, the module of the flow with what it imports, everything the
 * step could read (parameters and configuration too) and its options.
 */
export function stepCache({ flow, file, store, cache }: CacheOptions): StepCache {
  let module: Promise<string> | undefined
  return {
    keyOf: async (request, node) => {
      if (!(node.options.cache ?? cache ?? false)) return undefined
      module ??= file === undefined ? Promise.resolve('') : hashOfModule(file)
      return hashOf({
        step: request.step,
        stack: request.stack,
        code: String(flow.code[node.name]),
        module: await module,
        options: node.options,
        artifacts: hashesOf(request.artifacts),
        branches: Object.entries(request.branches ?? {}).map(([name, refs]) => [name, hashesOf(refs)]),
      })
    },
    find: async (key) => await store.readCached(key),
    keep: (key, result) => store.writeCached(key, result),
  }
}

/** Loaded where a step is cached only. */
async function hashOfModule(file: string): Promise<string> {
  const { hashModule } = await import('./module-hash.ts')
  return hashModule(file)
}

function hashesOf(references: References): (readonly [string, string])[] {
  return Object.entries(references)
    .map(([name, { hash }]) => [name, hash] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
