/** What compiles and what does not: `npm run types` checks each `@ts-expect-error` here. */
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { flow, type TaskError } from './index.ts'

const start = flow('types', { parameters: { folds: z.number().int().default(5), name: z.string().optional() } })
const loaded = start.step('load', () => ({ rows: [1, 2, 3], name: 'penguins' }))

describe('what a step can read', () => {
  it('are parameters, typed by their schemas', () => {
    start.step('a', ({ parameters }) => {
      expectTypeOf(parameters).toEqualTypeOf<Readonly<{ folds: number; name?: string | undefined }>>()
    })
    // @ts-expect-error there is no such parameter
    start.step('a', ({ parameters }) => ({ x: parameters.fold }))
  })

  it('is what earlier steps wrote, with the type written last', () => {
    loaded
      .step('count', ({ rows }) => ({ rows: rows.length, extra: true }))
      .step('use', ({ rows, name, extra }) => {
        expectTypeOf(rows).toEqualTypeOf<number>()
        expectTypeOf(name).toEqualTypeOf<string>()
        expectTypeOf(extra).toEqualTypeOf<boolean>()
      })
    // @ts-expect-error nobody wrote "columns"
    loaded.step('use', ({ columns }) => ({ columns }))
  })

  it('is, of a step that writes one of several things, what they have in common', () => {
    const either = loaded.step('either', ({ rows }) =>
      rows.length > 2 ? { kind: 'a' as const, big: 1 } : { kind: 'b' as const, small: 2 },
    )
    either.step('use', ({ kind }) => expectTypeOf(kind).toEqualTypeOf<'a' | 'b'>() as never)
    // What one of them lacks may be undefined.
    either.step('use', ({ big }) => expectTypeOf(big).toEqualTypeOf<number | undefined>() as never)
  })

  it('is not certain after a step whose error is caught', () => {
    loaded
      .step('risky', { catch: 'error' }, () => ({ score: 1 }))
      .step('use', ({ score, error }) => {
        expectTypeOf(score).toEqualTypeOf<number | undefined>()
        expectTypeOf(error).toEqualTypeOf<TaskError | null>()
      })
  })

  it('may be what was there before, where a step need not have written it', () => {
    loaded
      .step('risky', { catch: 'error' }, () => ({ rows: 'text' }))
      .step('use', ({ rows }) => expectTypeOf(rows).toEqualTypeOf<number[] | string>() as never)
    loaded
      .step('some', (): { rows?: string } => ({}))
      .step('use', ({ rows }) => expectTypeOf(rows).toEqualTypeOf<number[] | string | undefined>() as never)
    loaded
      .step('one', (): { rows: string } | { name: number } => ({ name: 1 }))
      .step('use', ({ rows, name }) => {
        expectTypeOf(rows).toEqualTypeOf<number[] | string>()
        expectTypeOf(name).toEqualTypeOf<string | number>()
      })
    loaded.loop('until', (body) => body.step('cut', { catch: 'error' }, ({ rows }) => ({ rows: rows.slice(1) })), {
      until: ({ rows }) => rows.length === 0,
    })
  })

  it('has to be an object of artifacts', () => {
    // @ts-expect-error a number has no name
    loaded.step('use', () => 5)
    loaded.step('use', () => undefined)
  })
})

describe('splits', () => {
  it('give a body its item and index, and a join the list of what bodies wrote', () => {
    loaded
      .foreach(
        'row',
        ({ rows }) => rows,
        (body) =>
          body
            .step('double', ({ item, index }) => {
              expectTypeOf(item).toEqualTypeOf<number>()
              expectTypeOf(index).toEqualTypeOf<number>()
              return { twice: item * 2 }
            })
            .step('show', ({ twice }) => ({ text: String(twice) })),
      )
      .join('collect', (bodies, earlier, task) => {
        expectTypeOf(bodies.map(({ text }) => text)).toEqualTypeOf<string[]>()
        expectTypeOf(earlier.rows).toEqualTypeOf<number[]>()
        expectTypeOf(task.attempt).toEqualTypeOf<number>()
        return { texts: bodies.map(({ text }) => text) }
      })
      // @ts-expect-error a body's artifacts end with it, unless the join returns them
      .step('use', ({ texts, twice }) => ({ texts, twice }))
  })

  it('nest', () => {
    loaded
      .foreach(
        'outer',
        ({ rows }) => rows.map((row) => [row, row]),
        (outer) =>
          outer
            .foreach(
              'inner',
              ({ item }) => item,
              (inner) => inner.step('add', ({ item }) => ({ sum: item + 1 })),
            )
            .join('innerJoin', (sums) => ({ total: sums.reduce((total, { sum }) => total + sum, 0) })),
      )
      .join('outerJoin', (totals) => ({ all: totals.map(({ total }) => total) }))
  })

  it('hide branches from each other, and give a join each by name', () => {
    loaded
      .branches({
        left: (branch) => branch.step('a', ({ rows }) => ({ x: rows.length })),
        right: (branch) => branch.step('b', () => ({ y: 'text' })),
      })
      .join('both', ({ left, right }) => {
        expectTypeOf(left.x).toEqualTypeOf<number>()
        expectTypeOf(right.y).toEqualTypeOf<string>()
        // @ts-expect-error the other branch wrote it
        return { z: left.y }
      })
  })

  it('cannot be left unjoined', () => {
    const split = loaded.foreach(
      'row',
      ({ rows }) => rows,
      (body) => body.step('a', () => ({ x: 1 })),
    )
    // @ts-expect-error only join can follow
    expect(split.step).toBeUndefined()
    loaded.branches({
      // @ts-expect-error a branch is a chain, not a split
      left: (branch) => branch.branches({ inner: (inner) => inner.step('b', () => ({})) }),
    })
  })
})

describe('switches and loops', () => {
  it('have a case for each choice, and leave what all cases wrote', () => {
    const decided = loaded.switch('decide', ({ rows }) => (rows.length > 2 ? 'many' : 'few'), {
      many: (branch) => branch.step('a', () => ({ verdict: true, big: 1 })),
      few: (branch) => branch.step('b', () => ({ verdict: 'no' })),
    })
    decided.step('use', ({ verdict, rows }) => {
      expectTypeOf(verdict).toEqualTypeOf<string | boolean>()
      expectTypeOf(rows).toEqualTypeOf<number[]>()
    })
    // @ts-expect-error one case only wrote it
    decided.step('use', ({ big }) => ({ big }))
    // @ts-expect-error the case "few" is missing
    loaded.switch('decide', ({ rows }) => (rows.length > 2 ? 'many' : 'few'), { many: (branch) => branch })
  })

  it('may change an artifact in a loop, not its type', () => {
    loaded
      .loop('until', (body) => body.step('cut', ({ rows }) => ({ rows: rows.slice(1), last: rows[0] })), {
        until: ({ rows, last }) => rows.length === 0 && last !== undefined,
      })
      .step('use', ({ last }) => expectTypeOf(last).toEqualTypeOf<number | undefined>() as never)
    // @ts-expect-error the next round would read text where it expects a list
    loaded.loop('until', (body) => body.step('cut', () => ({ rows: 'none' })), { until: () => true })
  })
})

describe('names of steps', () => {
  it('cannot be used twice, inside of splits neither', () => {
    // @ts-expect-error there is a step "load"
    loaded.step('load', () => ({}))
    const joined = loaded
      .branches({
        left: (branch) => branch.step('inside', () => ({})),
        right: (branch) => branch.step('r', () => ({})),
      })
      .join('both', () => ({}))
    // @ts-expect-error a branch has a step "inside"
    joined.step('inside', () => ({}))
    joined.branches({
      // @ts-expect-error nor in a later branch
      left: (branch) => branch.step('both', () => ({})),
    })
  })

  it('may be made by the program', () => {
    const named = ['a', 'b'].reduce((chain, name) => chain.step(name, ({ rows }) => ({ rows })), loaded)
    expect(named.definition.graph.map((node) => ('name' in node ? node.name : ''))).toEqual(['load', 'a', 'b'])
  })
})
