/** What is going on while a module's `forward` is traced: whose turn it is, and in which mode. Tracing is synchronous. */
import { MillraceError } from '../core/index.ts'
import type { Tensor } from './tensor.ts'

export interface TraceOptions {
  /** True while a training step is traced: dropout drops, batch statistics are used. */
  readonly training: boolean
  /** Paths such as `layers.0` of the modules that may be entered. */
  readonly moduleNames?: ReadonlyMap<object, string>
}

interface Trace extends Required<TraceOptions> {
  readonly modules: string[]
  /** What a buffer shall hold after the step, such as a running mean. */
  readonly updates: Map<Tensor, Tensor>
}

const idle: Trace = { training: false, moduleNames: new Map(), modules: [], updates: new Map() }
let current: Trace = idle

/** Runs `build` as one trace and returns its result with the buffer updates it asked for. */
export function trace<T>(
  options: TraceOptions,
  build: () => T,
): { readonly result: T; readonly updates: ReadonlyMap<Tensor, Tensor> } {
  const outer = current
  current = { moduleNames: new Map(), ...options, modules: [], updates: new Map() }
  try {
    return { result: build(), updates: current.updates }
  } finally {
    current = outer
  }
}

/** Runs `build` as the inside of `module`; what it makes, and what it throws, carries the module's path. */
export function insideModule<T>(module: object, build: () => T): T {
  return insidePath(current.moduleNames.get(module) ?? currentModule(), build)
}

/** As `insideModule`, of the module with this path. */
export function insidePath<T>(path: string, build: () => T): T {
  current.modules.push(path)
  try {
    return build()
  } finally {
    current.modules.pop()
  }
}

/** The path of the module whose `forward` is running, '' for the outermost or none. */
export function currentModule(): string {
  return current.modules.at(-1) ?? ''
}

/** Whether a training step is being traced. */
export function isTraining(): boolean {
  return current.training
}

/** What `buffer` will hold after this step by the updates asked for so far: itself, before the first. */
export function bufferValue(buffer: Tensor): Tensor {
  return current.updates.get(buffer) ?? buffer
}

/** Asks that `buffer` hold `value` after this step. @throws MillraceError outside a training trace */
export function updateBuffer(buffer: Tensor, value: Tensor): void {
  if (!current.training) {
    throw new MillraceError('INVALID_GRAPH', 'A buffer can be updated only while a training step is traced.')
  }
  current.updates.set(buffer, value)
}
