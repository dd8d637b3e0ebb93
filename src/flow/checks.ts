/** What is looked at before a flow runs: a list of small checks, each saying which step is wrong and what to do. */
import { MillraceError } from '../core/index.ts'
import type { FlowDefinition } from './definition.ts'
import { type FlowNode, innerSequences, type Sequence, taskNodes } from './graph.ts'
import { NAME_PATTERN, sameNameKey } from './names.ts'
import { parseDuration, retryPlan } from './step-options.ts'

/** Names that every step reads and none may write. */
export const RESERVED_ARTIFACTS: readonly string[] = ['parameters', 'config', 'item', 'index']

/** Names with a meaning of their own in the store. */
const RESERVED_STEPS: ReadonlySet<string> = new Set(['data', 'cache', 'parameters'])

/** Names that no folder can have on Windows. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i

type Check = (flow: FlowDefinition) => Iterable<string>

const checks: Readonly<Record<string, Check>> = {
  *flowName({ name }) {
    if (!NAME_PATTERN.test(name)) yield `The name of the flow is "${name}". ${NAME_RULE}`
    if (DEVICE_NAME.test(name)) yield `The name of the flow is "${name}", a device of Windows. Choose another one.`
  },
  *someSteps({ graph }) {
    if (graph.length === 0) yield 'It has no steps. Add one with .step(name, run).'
  },
  *stepNames({ graph }) {
    for (const { name } of taskNodes(graph)) {
      if (!NAME_PATTERN.test(name)) yield `The step "${name}" has a name that does not fit. ${NAME_RULE}`
      if (DEVICE_NAME.test(name)) yield `The step "${name}" has the name of a device of Windows. Choose another one.`
      if (RESERVED_STEPS.has(name)) yield `The step "${name}" has a reserved name. Choose another one.`
    }
  },
  *uniqueSteps({ graph }) {
    const seen = new Map<string, string>()
    for (const { name } of taskNodes(graph)) {
      // Some file systems take "Fit" and "fit" for one folder.
      const before = seen.get(name.toLowerCase())
      if (before === name) yield `The step "${name}" is there twice. Rename one of them.`
      else if (before !== undefined)
        yield `The steps "${before}" and "${name}" differ in capitals only. Rename one of them.`
      seen.set(name.toLowerCase(), name)
    }
  },
  *joinedSplits({ graph }) {
    for (const node of allNodes(graph)) {
      if (node.kind === 'foreach' && node.join === undefined) {
        yield `The foreach "${node.name}" is not joined. Add .join(name, run) after it.`
      }
      if (node.kind === 'branches' && node.join === undefined) {
        yield `The branches ${Object.keys(node.branches).join(', ')} are not joined. Add .join(name, run) after them.`
      }
    }
  },
  *filledBodies({ graph }) {
    for (const node of allNodes(graph)) {
      // A case may be empty: then nothing happens in it.
      if (node.kind === 'switch') continue
      for (const [key, sequence] of innerSequences(node)) {
        if (sequence.length === 0)
          yield `${describeNode(node)} has no steps${key === '' ? '' : ` in "${key}"`}. Add one.`
      }
    }
  },
  *severalBranches({ graph }) {
    for (const node of allNodes(graph)) {
      if (node.kind === 'branches' && Object.keys(node.branches).length === 0) yield 'A split into branches has none.'
      if (node.kind === 'switch' && Object.keys(node.cases).length === 0)
        yield `The switch "${node.name}" has no cases.`
    }
  },
  *loopLimits({ graph }) {
    for (const node of allNodes(graph)) {
      if (node.kind === 'loop' && !(Number.isInteger(node.maxIterations) && node.maxIterations >= 1)) {
        yield `The loop "${node.name}" has maxIterations ${node.maxIterations}. Give a whole number of at least 1.`
      }
    }
  },
  *retries({ graph }) {
    for (const { name, options } of taskNodes(graph)) {
      const found = attempt(() => retryPlan(options.retry))
      if (found instanceof MillraceError) yield `The step "${name}": ${found.message}`
      else if (!(Number.isInteger(found.times) && found.times >= 0 && found.times <= MAX_RETRIES)) {
        yield `The step "${name}" is to be tried again ${found.times} times. Give a whole number from 0 to ${MAX_RETRIES}.`
      } else if (!(found.factor >= 1 && found.minDelayMs >= 0 && found.maxDelayMs >= found.minDelayMs)) {
        yield `The step "${name}" has waits between retries that do not fit: minDelay must be at most maxDelay, factor at least 1.`
      }
    }
  },
  *timeouts({ graph }) {
    for (const { name, options } of taskNodes(graph)) {
      const found = attempt(() => (options.timeout === undefined ? 1 : parseDuration(options.timeout)))
      if (found instanceof MillraceError) yield `The step "${name}": ${found.message}`
      else if (!(found > 0)) yield `The step "${name}" has the timeout ${options.timeout}. Give a time above zero.`
    }
  },
  *caughtErrors({ graph }) {
    for (const { name, kind, options } of taskNodes(graph)) {
      if (options.catch === undefined) continue
      if (kind === 'foreach' || kind === 'switch') {
        yield `The step "${name}" is a ${kind}, whose error cannot be caught: there would be nothing to go on with.`
      }
      if (RESERVED_ARTIFACTS.includes(options.catch)) {
        yield `The step "${name}" catches its error as "${options.catch}", which is a reserved name. Choose another one.`
      }
    }
  },
  *parameterNames({ parameters = {} }) {
    const seen = new Map<string, string>()
    for (const name of Object.keys(parameters)) {
      if (!NAME_PATTERN.test(name)) yield `The parameter "${name}" has a name that does not fit. ${NAME_RULE}`
      if (RESERVED_PARAMETERS.has(sameNameKey(name))) {
        yield `The parameter "${name}" has the name of an option of millrace flow run. Choose another one.`
      }
      const before = seen.get(sameNameKey(name))
      if (before !== undefined)
        yield `The parameters "${before}" and "${name}" are one name in flags. Rename one of them.`
      seen.set(sameNameKey(name), name)
    }
  },
}

const NAME_RULE = 'Names begin with a letter and go on with letters, digits, "_" and "-".'
const MAX_RETRIES = 100

/** The options of `millrace flow run`, without their hyphens: a parameter becomes a flag, and must not hide one. */
const RESERVED_PARAMETERS: ReadonlySet<string> = new Set([
  'cache',
  'config',
  'help',
  'json',
  'maxlogsize',
  'maxnumsplits',
  'maxworkers',
  'originrunid',
  'quiet',
  'root',
  'runidfile',
  'tag',
  'with',
])

/** What is wrong with a flow, in the order of the checks; nothing when it can run. */
export function findProblems(flow: FlowDefinition): string[] {
  return Object.values(checks).flatMap((check) => [...check(flow)])
}

/**
 * @param source where the flow comes from, for the message
 * @throws MillraceError INVALID_FLOW listing every problem
 */
export function checkFlow(flow: FlowDefinition, source?: string): void {
  const problems = findProblems(flow)
  if (problems.length === 0) return
  const where = source === undefined ? '' : ` in ${source}`
  throw new MillraceError('INVALID_FLOW', `The flow "${flow.name}"${where} cannot run: ${problems.join(' ')}`)
}

function allNodes(sequence: Sequence): FlowNode[] {
  return sequence.flatMap((node) => [node, ...innerSequences(node).flatMap(([, inner]) => allNodes(inner))])
}

function describeNode(node: FlowNode): string {
  return node.kind === 'branches' ? 'A split into branches' : `The ${node.kind} "${node.name}"`
}

function attempt<T>(work: () => T): T | MillraceError {
  try {
    return work()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
}
