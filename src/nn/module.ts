/** Modules: named parts with parameters and a `forward`, as in PyTorch. Names of parameters are paths of properties. */
import { MillraceError, Random, ShapeError } from '../core/index.ts'
import { formatShape, insideModule, sameShape, Tensor } from '../tensor/index.ts'

/** Fills the numbers of a parameter from a random stream of its own. */
export type Initializer = (data: Float32Array, random: Random) => void

/** Numbers that live outside the graph and change between runs: parameters learn, buffers are updated by `forward`. */
class Stored extends Tensor {
  declare readonly shape: readonly number[]
  declare readonly source: { readonly kind: 'variable'; data: Float32Array }

  /** @throws MillraceError INVALID_ARGUMENT for sizes that are no whole numbers of at least 1 */
  constructor(shape: readonly number[]) {
    if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `A layer cannot have numbers of the shape ${formatShape(shape)}: sizes must be whole numbers of at least 1. Check what the layer was made with.`,
      )
    }
    const count = shape.reduce((product, size) => product * size, 1)
    super({ shape, dtype: 'float32' }, { kind: 'variable', data: new Float32Array(count) })
  }

  /** The current numbers, in row-major order. */
  get data(): Float32Array {
    return this.source.data
  }

  /** Keeps the numbers in `storage` from now on, which has to be of the same length. They move along. */
  moveTo(storage: Float32Array): void {
    storage.set(this.data)
    this.source.data = storage
  }
}

/** A tensor that is learned. */
export class Parameter extends Stored {
  readonly initializer: Initializer
  /** Whether it holds numbers worth keeping: set by initialisation and by loading. */
  initialized = false

  constructor(shape: readonly number[], initializer: Initializer) {
    super(shape)
    this.initializer = initializer
  }
}

/** A tensor that belongs to the state but is not learned, such as a running mean. */
export class Buffer extends Stored {
  constructor(shape: readonly number[], fill: number) {
    super(shape)
    this.data.fill(fill)
  }
}

/** Parameters and buffers by name, as PyTorch's state dicts have them. */
export type StateDict = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>

/**
 * Base of all modules. Give the parts as properties and say in `forward` what is computed from them:
 *
 *     class Net extends Module {
 *       fc1 = new Linear(4, 16)
 *       fc2 = new Linear(16, 3)
 *       forward(x: Tensor): Tensor {
 *         return this.fc2.forward(relu(this.fc1.forward(x)))
 *       }
 *     }
 *
 * `forward` is traced with symbolic tensors, once for each mode and batch size; it does not run for each batch.
 */
export abstract class Module {
  constructor() {
    // Whatever forward makes or throws carries this module's path, without the subclass having to do anything.
    if (typeof this.forward !== 'function') {
      throw new MillraceError(
        'INVALID_GRAPH',
        `${new.target.name} has no method "forward". Write it as a method, forward(x) { … }, not as a property.`,
      )
    }
    const forward = this.forward.bind(this)
    Object.defineProperty(this, 'forward', {
      value: (...inputs: Tensor[]) => insideModule(this, () => this.#named(() => forward(...inputs))),
    })
  }

  abstract forward(...inputs: Tensor[]): Tensor

  /** Runs `build`, whose errors of shapes name the class where there is no path: in the outermost module. */
  #named<T>(build: () => T): T {
    try {
      return build()
    } catch (error) {
      if (!(error instanceof ShapeError) || error.module !== '') throw error
      throw new ShapeError(this.constructor.name, error.message)
    }
  }

  /** What the module was made with, for logs and config files. Override it in modules that have options. */
  options(): Readonly<Record<string, unknown>> {
    return {}
  }

  /** Entries of PyTorch's state dicts for this module that it has no use for; loading skips them. */
  foreignState(): readonly string[] {
    return []
  }

  /** This module and all modules inside it, by path; the module itself is ''. One that has several paths comes once. */
  *namedModules(): Generator<[string, Module]> {
    yield* onlyFirst(everyModule(this, ''))
  }

  /** What is learned, by path. A parameter that has several paths comes once, under the first. */
  *namedParameters(): Generator<[string, Parameter]> {
    for (const [name, stored] of onlyFirst(this.#namedState())) if (stored instanceof Parameter) yield [name, stored]
  }

  /** State that is not learned, by path; each comes once, as parameters do. */
  *namedBuffers(): Generator<[string, Buffer]> {
    for (const [name, stored] of onlyFirst(this.#namedState())) if (stored instanceof Buffer) yield [name, stored]
  }

  /** How many numbers are learned. */
  parameterCount(): number {
    let count = 0
    for (const [, { data }] of this.namedParameters()) count += data.length
    return count
  }

  /**
   * Gives each parameter that holds no numbers yet its initial ones. The same seed gives the same bits, and a
   * parameter's numbers depend on the seed and its name alone.
   */
  initialize(seed: number): void {
    const random = new Random(seed)
    for (const [name, parameter] of this.namedParameters()) {
      if (parameter.initialized) continue
      parameter.initializer(parameter.data, random.fork('initialize', name))
      parameter.initialized = true
    }
  }

  /** A copy of all parameters and buffers; those with several paths under each of them, as in PyTorch. */
  stateDict(): StateDict {
    return new Map(
      [...this.#namedState()].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
    )
  }

  /**
   * Takes over the numbers of a state dict.
   *
   * @throws MillraceError INVALID_MODEL naming every missing, unexpected and misshapen entry; nothing is changed then
   */
  loadStateDict(state: StateDict): void {
    const own = new Map(this.#namedState())
    const foreign = new Set(
      [...everyModule(this, '')].flatMap(([path, module]) => module.foreignState().map((name) => join(path, name))),
    )
    const problems = [
      ...[...own.keys()].filter((name) => !state.has(name)).map((name) => `"${name}" is missing`),
      ...[...state.keys()]
        .filter((name) => !own.has(name) && !foreign.has(name))
        .map((name) => `"${name}" is not part of this module`),
      ...[...own].flatMap(([name, { shape }]) => {
        const given = state.get(name)?.shape
        if (given === undefined || sameShape(given, shape)) return []
        return [`"${name}" has shape ${formatShape(given)}, the module needs ${formatShape(shape)}`]
      }),
    ]
    if (problems.length > 0) {
      throw new MillraceError(
        'INVALID_MODEL',
        `The state dict does not fit ${this.constructor.name}: ${problems.join('; ')}.`,
      )
    }
    for (const [name, stored] of own) {
      stored.data.set(state.get(name)!.data)
      if (stored instanceof Parameter) stored.initialized = true
    }
  }

  *#namedState(): Generator<[string, Stored]> {
    for (const [path, module] of everyModule(this, '')) {
      for (const [name, part] of parts(module)) if (part instanceof Stored) yield [join(path, name), part]
    }
  }
}

/** `module` and all modules inside it under each of their paths; one that holds an `outer` one is not entered again. */
function* everyModule(module: Module, path: string, outer: readonly Module[] = []): Generator<[string, Module]> {
  yield [path, module]
  const inside = [...outer, module]
  for (const [name, part] of parts(module)) {
    if (part instanceof Module && !inside.includes(part)) yield* everyModule(part, join(path, name), inside)
  }
}

function* onlyFirst<T>(entries: Iterable<[string, T]>): Generator<[string, T]> {
  const seen = new Set<T>()
  for (const [name, value] of entries) {
    if (seen.has(value)) continue
    seen.add(value)
    yield [name, value]
  }
}

/** The parts of a module by name: its properties, those inside lists under `property.index`. */
function* parts(module: Module): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(module)) {
    if (Array.isArray(value)) yield* value.map((item, index): [string, unknown] => [`${name}.${index}`, item])
    else yield [name, value]
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`
}
