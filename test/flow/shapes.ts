/**
 * Shapes of graphs and bodies of steps for the matrix of flows. Every step of a shape leaves its name, place and how its
 * body went in the artifact `trail`; a join puts trails one behind the other. What a shape expects is written down.
 */
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Flow, flow, type StepOptions, type Task } from '../../src/flow/index.ts'

interface State {
  readonly trail: readonly string[]
  readonly round: number
}
type Part = Flow<State>

/** What the steps of a shape are made of. */
interface Kit {
  /** A step `name`, with the body before it. */
  readonly step: (chain: Part, name: string) => Part
}

interface Shape {
  readonly build: (start: Part, kit: Kit) => Part
  /** The trail without outcomes. */
  readonly expected: readonly string[]
}

/** The trails of branches, each without what came before the split. */
function merged(branches: readonly State[], earlier: State): State {
  return { trail: [...earlier.trail, ...branches.flatMap(({ trail }) => trail.slice(earlier.trail.length))], round: 0 }
}

const each =
  (name: string, body: (chain: Part) => Part, items = ['x', 'y', 'z']) =>
  (chain: Part): Part =>
    chain
      .foreach(
        name,
        () => items,
        (inner) => body(inner as unknown as Part),
      )
      .join(`${name}Join`, merged) as unknown as Part

const split =
  (name: string, left: (chain: Part) => Part, right: (chain: Part) => Part) =>
  (chain: Part): Part =>
    chain
      .branches({ left, right })
      .join(`${name}Join`, ({ left, right }, earlier) => merged([left, right], earlier)) as unknown as Part

const choose =
  (name: string, choice: 'a' | 'b', a: (chain: Part) => Part, b: (chain: Part) => Part) =>
  (chain: Part): Part =>
    chain.switch(name, () => choice, { a, b })

export const shapes: Readonly<Record<string, Shape>> = {
  linear: {
    build: (start, { step }) => step(step(start, 'one'), 'two'),
    expected: ['one', 'two'],
  },
  branches: {
    build: (start, { step }) =>
      step(
        split(
          'split',
          (left) => step(step(left, 'l1'), 'l2'),
          (right) => step(right, 'r1'),
        )(step(start, 'one')),
        'end',
      ),
    expected: ['one', 'l1', 'l2', 'r1', 'end'],
  },
  foreach: {
    build: (start, { step }) => each('each', (body) => step(step(body, 'in1'), 'in2'))(step(start, 'one')),
    expected: ['one', 'in1/0', 'in2/0', 'in1/1', 'in2/1', 'in1/2', 'in2/2'],
  },
  'foreach in foreach': {
    build: (start, { step }) =>
      step(
        each('outer', (outer) => step(each('inner', (inner) => step(inner, 'deep'), ['p', 'q'])(outer), 'after'), [
          'x',
          'y',
        ])(start),
        'end',
      ),
    expected: ['deep/0.0', 'deep/0.1', 'after/0', 'deep/1.0', 'deep/1.1', 'after/1', 'end'],
  },
  'foreach in branch': {
    build: (start, { step }) =>
      split(
        'split',
        each('each', (body) => step(body, 'in1'), ['x', 'y']),
        (right) => step(right, 'r1'),
      )(step(start, 'one')),
    expected: ['one', 'in1/0', 'in1/1', 'r1'],
  },
  'branch in foreach': {
    build: (start, { step }) =>
      each(
        'each',
        split(
          'split',
          (left) => step(left, 'l1'),
          (right) => step(right, 'r1'),
        ),
        ['x', 'y'],
      )(start),
    expected: ['l1/0', 'r1/0', 'l1/1', 'r1/1'],
  },
  'switch to a': {
    build: (start, { step }) =>
      step(
        choose(
          'choice',
          'a',
          (a) => step(a, 'a1'),
          (b) => step(step(b, 'b1'), 'b2'),
        )(step(start, 'one')),
        'end',
      ),
    expected: ['one', 'a1', 'end'],
  },
  'switch to b, which is empty': {
    build: (start, { step }) =>
      step(
        choose(
          'choice',
          'b',
          (a) => step(a, 'a1'),
          (b) => b,
        )(step(start, 'one')),
        'end',
      ),
    expected: ['one', 'end'],
  },
  'switch in foreach': {
    build: (start, { step }) =>
      each(
        'each',
        choose(
          'choice',
          'b',
          (a) => step(a, 'a1'),
          (b) => step(b, 'b1'),
        ),
        ['x', 'y'],
      )(start),
    expected: ['b1/0', 'b1/1'],
  },
  loop: {
    build: (start, { step }) => step(rounds('again', (body) => step(body, 'in1'))(step(start, 'one')), 'end'),
    expected: ['one', 'in1/0', 'in1/1', 'in1/2', 'end'],
  },
  'foreach in loop': {
    build: (start, { step }) =>
      rounds('again', (body) => each('each', (inner) => step(inner, 'deep'), ['x', 'y'])(body))(start),
    expected: ['deep/0.0', 'deep/0.1', 'deep/1.0', 'deep/1.1', 'deep/2.0', 'deep/2.1'],
  },
}

/** Three rounds, counted by what each leaves in the trail. */
function rounds(name: string, body: (chain: Part) => Part) {
  return (chain: Part): Part => chain.loop(name, body, { until: (_, task) => task.stack.at(-1)?.index === 2 })
}

interface Extra {
  readonly extra?: unknown
  readonly error?: unknown
}

interface BodyKind {
  readonly options: StepOptions
  readonly run: (task: Task) => object | void | Promise<object | void>
  /** What a later step can tell of it. */
  readonly outcome: (artifacts: Extra) => string
  readonly expected: string
}

export const bodies: Readonly<Record<string, BodyKind>> = {
  ok: {
    options: {},
    run: ({ seed }) => ({ extra: seed }),
    outcome: ({ extra }) => typeof extra,
    expected: 'number',
  },
  'writes nothing, and waits': {
    options: {},
    run: async () => await delay(1),
    outcome: ({ extra }) => typeof extra,
    expected: 'undefined',
  },
  'fails once': {
    options: { retry: { times: 1, minDelay: 1 } },
    run: ({ attempt }) => {
      if (attempt === 0) throw new Error('the first time')
      return { extra: attempt }
    },
    outcome: ({ extra }) => `tries ${String(extra)}`,
    expected: 'tries 1',
  },
  'fails for good, and is caught': {
    options: { catch: 'error', retry: { times: 1, minDelay: 1 } },
    run: () => {
      throw new RangeError('always')
    },
    outcome: ({ extra, error }) => `${String(extra)} ${(error as Error).name}`,
    expected: 'undefined RangeError',
  },
  'writes much': {
    options: { catch: 'error' },
    run: () => ({ extra: Float64Array.from({ length: 5000 }, (_, i) => Math.sin(i)) }),
    outcome: ({ extra, error }) => `${(extra as Float64Array).length} ${String(error)}`,
    expected: '5000 null',
  },
}

export interface FlowOptions {
  readonly shape: string
  readonly body: string
  /** This step fails until there is a file of that path. */
  readonly breakAt?: { readonly step: string; readonly file: string }
  /** Each step takes so long. */
  readonly slowMs?: number
}

/** The flow of a cell of the matrix. */
export function buildFlow({ shape, body, breakAt, slowMs = 0 }: FlowOptions): Flow<State> {
  const { options, run, outcome } = bodies[body]!
  const step = (chain: Part, name: string): Part =>
    chain
      .step(`${name}Body`, options, async (_, task) => {
        await delay(slowMs)
        return await run(task)
      })
      .step(name, async ({ trail, ...artifacts }: State & Extra, task) => {
        if (breakAt?.step === name && !existsSync(breakAt.file)) throw new Error('broken')
        await delay(slowMs)
        const place = task.taskId === '0' && task.stack.length === 0 ? name : `${name}/${task.taskId}`
        return { trail: [...trail, `${place}: ${outcome(artifacts)}`] }
      }) as unknown as Part
  const start = flow('matrix').step('begin', () => ({ trail: [] as readonly string[], round: 0 }))
  return shapes[shape]!.build(start as unknown as Part, { step })
}

/** The trail a cell has to end with. */
export function expectedTrail(shape: string, body: string): string[] {
  return shapes[shape]!.expected.map((place) => `${place}: ${bodies[body]!.expected}`)
}

/** The names of the steps that leave something in the trail. */
export function markedSteps(shape: string): string[] {
  return [...new Set(shapes[shape]!.expected.map((place) => place.split('/')[0]!))]
}
