/**
 * The builder of flows. What a step returns is what the next may read, and the compiler knows it: reading what no
 * earlier step wrote, leaving a split unjoined or using a name twice does not compile.
 */
import type { z } from 'zod'
import type { FlowDefinition, FlowOptions, StepCode } from './definition.ts'
import type { BranchesNode, FlowNode, ForeachNode, JoinNode, Sequence } from './graph.ts'
import type { StepOptions, TaskError } from './step-options.ts'
import type { Task } from './task.ts'

/** The artifacts `Earlier` with those of `Written` over them. Of a union only what all its members have is known. */
type Over<Earlier, Written> = { [K in keyof Earlier | keyof Written]: Latest<Earlier, Written, K> }

/** What `Written` has under `K`; where it may lack that, also what was there before. */
type Latest<Earlier, Written, K> = Written extends unknown
  ? K extends keyof Written
    ? Written[K] | (object extends Pick<Written, K> ? Before<Earlier, K> : never)
    : Before<Earlier, K>
  : never

type Before<Earlier, K> = K extends keyof Earlier ? Earlier[K] : undefined

/** What a step has written: nothing if it returns nothing. */
type Result<W> = W extends object ? W : unknown

/** What is readable after a step with the options `O`. With `catch`, it may have written nothing but its error or null. */
type After<Earlier, O, W> = O extends { readonly catch: infer E extends string }
  ? Over<
      { [K in keyof Earlier | keyof Result<W>]: Latest<Earlier, Result<W>, K> | Before<Earlier, K> },
      { [K in E]: TaskError | null }
    >
  : Over<Earlier, Result<W>>

/** `N`, if no step has it yet. A name that is only known when the program runs is checked then. */
type NewName<N extends string, Names extends string> = string extends N
  ? N
  : N extends Names
    ? `There is a step "${N}" already`
    : N

type Known<N extends string> = string extends N ? never : N

type StepFunction<Readable, W> = (artifacts: Readable, task: Task) => W | Promise<W>
type JoinFunction<Inputs, Readable, W> = (inputs: Inputs, earlier: Readable, task: Task) => W | Promise<W>

/** What a chain of steps can be asked for. `types` is never set; the compiler reads it. */
export interface Chain<Readable, Names extends string> {
  readonly definition: FlowDefinition
  readonly types?: { readonly readable: Readable; readonly names: Names }
}

type ReadableOf<C> = C extends Chain<infer Readable, string> ? Readable : never
type NamesOf<C> = C extends Chain<unknown, infer Names> ? Names : never
/** What is certain after exactly one of several chains. */
type Common<Readable> = Pick<Readable, keyof Readable>

type Bodies<Readable, Names extends string, Key extends string = string> = Readonly<
  Record<Key, (chain: Flow<Readable, Names>) => Chain<unknown, string>>
>

/** A flow, or a part of one: steps one after the other. A chain never changes; every method returns a longer one. */
export interface Flow<Readable, Names extends string = never> extends Chain<Readable, Names> {
  /**
   * A step. `run` gets everything written before, decoded when it is read; the plain object it returns is stored, and
   * readable from then on. Returning nothing is fine.
   */
  step<const N extends string, W extends object | void>(
    name: NewName<N, Names>,
    run: StepFunction<Readable, W>,
  ): Flow<Over<Readable, Result<W>>, Names | Known<N>>
  step<const N extends string, const O extends StepOptions, W extends object | void>(
    name: NewName<N, Names>,
    options: O,
    run: StepFunction<Readable, W>,
  ): Flow<After<Readable, O, W>, Names | Known<N>>

  /**
   * Runs `body` once for each item of a list, side by side; the body reads `item` and `index` (from 0). The step
   * `name` makes the list. A join has to follow.
   */
  foreach<const N extends string, Item, R, M extends string>(
    name: NewName<N, Names>,
    items: StepFunction<Readable, Iterable<Item>>,
    body: (
      chain: Flow<Over<Readable, { readonly item: Item; readonly index: number }>, Names | Known<N>>,
    ) => Chain<R, M>,
  ): Split<readonly R[], Readable, Names | Known<N> | M>
  foreach<const N extends string, Item, R, M extends string>(
    name: NewName<N, Names>,
    options: SplitOptions,
    items: StepFunction<Readable, Iterable<Item>>,
    body: (
      chain: Flow<Over<Readable, { readonly item: Item; readonly index: number }>, Names | Known<N>>,
    ) => Chain<R, M>,
  ): Split<readonly R[], Readable, Names | Known<N> | M>

  /** Runs several chains side by side; none sees what another writes. A join has to follow. */
  branches<const B extends Bodies<Readable, Names>>(
    branches: B,
  ): Split<{ readonly [K in keyof B]: ReadableOf<ReturnType<B[K]>> }, Readable, Names | NamesOf<ReturnType<B[keyof B]>>>

  /** Runs exactly one of several chains, the one that `choose` names. Afterwards, what all of them wrote is readable. */
  switch<
    const N extends string,
    const Choice extends string,
    const C extends Bodies<Readable, Names | Known<N>, Choice>,
  >(
    name: NewName<N, Names>,
    choose: StepFunction<Readable, Choice>,
    cases: C,
  ): Flow<Common<ReadableOf<ReturnType<C[keyof C]>>>, Names | Known<N> | NamesOf<ReturnType<C[keyof C]>>>

  /**
   * Runs `body` until the step `name`, asked after each round, says that it is enough. The body reads what the round
   * before wrote, so it may only write over an artifact with one of the same type.
   */
  loop<const N extends string, R extends Readable, M extends string>(
    name: NewName<N, Names>,
    body: (chain: Flow<Readable, Names | Known<N>>) => Chain<R, M>,
    options: LoopOptions<R>,
  ): Flow<R, Names | Known<N> | M>
}

/** Branches that have not been joined yet: all one can do is to join them. */
export interface Split<Inputs, Readable, Names extends string> {
  /**
   * The step after the branches. `inputs` is a list for foreach, in the order of the items, and an object by name for
   * branches. What was readable before the split is in `earlier` and stays readable; of the branches only what this
   * step returns does.
   */
  join<const N extends string, W extends object | void>(
    name: NewName<N, Names>,
    run: JoinFunction<Inputs, Readable, W>,
  ): Flow<Over<Readable, Result<W>>, Names | Known<N>>
  join<const N extends string, const O extends StepOptions, W extends object | void>(
    name: NewName<N, Names>,
    options: O,
    run: JoinFunction<Inputs, Readable, W>,
  ): Flow<After<Readable, O, W>, Names | Known<N>>
}

/** Options of a step that splits: its error cannot be caught, as there would be nothing to go on with. */
export type SplitOptions = Omit<StepOptions, 'catch'>

export interface LoopOptions<Readable> {
  /** Asked after each round; true ends the loop. */
  readonly until: StepFunction<Readable, boolean>
  /** The run fails when it is not enough after so many rounds. Default 100. */
  readonly maxIterations?: number
}

/** What every step of a flow can read from the start. */
export interface Given<P extends z.ZodRawShape, C extends z.ZodType> {
  readonly parameters: Readonly<z.infer<z.ZodObject<P>>>
  readonly config: z.infer<C>
}

/**
 * A flow without steps yet. A module makes it its default export, so that the command and the tasks find it.
 *
 * @example
 *     export default flow('training', { parameters: { folds: z.number().int().default(5) } })
 *       .step('load', ({ parameters }) => ({ rows: parameters.folds * 10 }))
 */
// eslint-disable-next-line typescript/no-empty-object-type
export function flow<P extends z.ZodRawShape = {}, C extends z.ZodType = z.ZodUndefined>(
  name: string,
  options: FlowOptions<P, C> = {},
): Flow<Given<P, C>> {
  return chainOf(extend({ kind: 'flow', name, ...options, graph: [], code: {} })) as Flow<Given<P, C>>
}

/** The chain that `definition` is, with the methods the interface promises. Here names are text; types are above. */
function chainOf(definition: FlowDefinition): unknown {
  const add = (node: FlowNode, code: Code): unknown => chainOf(extend(definition, node, code))
  const inner = (body: Body): FlowDefinition => body(chainOf(extend({ ...definition, graph: [] }))).definition

  const split = (finish: (join: JoinNode) => FlowNode, unjoined: FlowNode, code: Code): unknown => ({
    // Seen by the check of flows only: a split is no flow to the compiler.
    definition: extend(definition, unjoined, code),
    join: (name: string, ...rest: OptionsAndCode) => {
      const [options, run] = optionsAndCode(rest)
      return add(finish({ kind: 'join', name, options }), { ...code, [name]: run })
    },
  })

  return Object.freeze({
    definition,
    step: (name: string, ...rest: OptionsAndCode) => {
      const [options, run] = optionsAndCode(rest)
      return add({ kind: 'step', name, options }, { [name]: run })
    },
    foreach: (name: string, ...rest: [...OptionsAndCode, body: Body]) => {
      const [options, items] = optionsAndCode(rest.slice(0, -1) as OptionsAndCode)
      const body = inner(rest.at(-1) as Body)
      const node: ForeachNode = { kind: 'foreach', name, options, body: body.graph }
      return split((join) => ({ ...node, join }), node, { ...body.code, [name]: items })
    },
    branches: (bodies: Readonly<Record<string, Body>>) => {
      const [branches, code] = innerChains(bodies, inner)
      const node: BranchesNode = { kind: 'branches', branches }
      return split((join) => ({ ...node, join }), node, code)
    },
    switch: (name: string, choose: StepCode, bodies: Readonly<Record<string, Body>>) => {
      const [cases, code] = innerChains(bodies, inner)
      return add({ kind: 'switch', name, options: {}, cases }, { ...code, [name]: choose })
    },
    loop: (name: string, body: Body, { until, maxIterations = 100 }: LoopOptions<unknown>) => {
      const { graph, code } = inner(body)
      return add(
        { kind: 'loop', name, options: {}, body: graph, maxIterations },
        { ...code, [name]: until as StepCode },
      )
    },
  })
}

type Code = Readonly<Record<string, StepCode>>
type Body = (chain: unknown) => { readonly definition: FlowDefinition }
type OptionsAndCode = [run: StepCode] | [options: StepOptions, run: StepCode]

function optionsAndCode(rest: OptionsAndCode): [StepOptions, StepCode] {
  return rest.length === 1 ? [{}, rest[0]] : rest
}

function innerChains(
  bodies: Readonly<Record<string, Body>>,
  inner: (body: Body) => FlowDefinition,
): [Readonly<Record<string, Sequence>>, Code] {
  const chains = Object.entries(bodies).map(([key, body]) => [key, inner(body)] as const)
  const sequences = Object.fromEntries(chains.map(([key, { graph }]) => [key, graph]))
  return [sequences, Object.assign({}, ...chains.map(([, { code }]) => code)) as Code]
}

function extend(definition: FlowDefinition, node?: FlowNode, code: Code = {}): FlowDefinition {
  const graph = node === undefined ? definition.graph : [...definition.graph, deepFreeze(node)]
  return Object.freeze({
    ...definition,
    graph: Object.freeze(graph),
    code: Object.freeze({ ...definition.code, ...code }),
  })
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part as object)
  }
  return Object.freeze(value)
}
