import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFrom, digest, Table } from './index.ts'

const table = Table.fromColumns({
  species: columnFrom('string', ['Adelie', null, 'Gentoo']),
  mass: columnFrom('double', [3750, NaN, 5000.25]),
})

describe('digest', () => {
  it('is eight hexadecimal digits that stay the same from release to release', () => {
    expect(digest(table)).toBe('8bd1f1dd')
  })

  it('does not depend on the dictionary, the zero or the kind of number', () => {
    const ordered = {
      species: { type: 'string', codes: Int32Array.of(2, -1, 0), categories: ['Gentoo', 'unused', 'Adelie'] },
      mass: columnFrom('double', [3750, null, 5000.25]),
    } as const
    expect(digest(Table.fromColumns(ordered))).toBe(digest(table))
    const [long, double] = [columnFrom('long', [0]), columnFrom('double', [-0])]
    expect(digest(Table.fromColumns({ a: long }))).toBe(digest(Table.fromColumns({ a: double })))
    const [empty, none] = [columnFrom('boolean', [null]), columnFrom('string', [null])]
    expect(digest(Table.fromColumns({ a: empty }))).toBe(digest(Table.fromColumns({ a: none })))
  })

  it('changes with a name, a value, the order of rows or the order of columns', () => {
    const changed: readonly Table[] = [
      table.rename({ mass: 'weight' }),
      table.take([1, 0, 2]),
      table.select('mass', 'species'),
      table.slice(0, 2),
      table.withColumn('mass', columnFrom('double', [3750, NaN, 5000.5])),
      table.withColumn('species', columnFrom('string', ['Adelie', 'NA', 'Gentoo'])),
    ]
    const digests = changed.map((other) => digest(other))
    expect(new Set([...digests, digest(table)]).size).toBe(changed.length + 1)
  })

  it('is the same for a table put together from its parts', () => {
    const values = fc.array(fc.record({ a: fc.string(), b: fc.double() }), { minLength: 2 })
    fc.assert(
      fc.property(values, fc.nat(), (records, cut) => {
        const whole = Table.fromRecords(records, { a: 'string', b: 'double' })
        const at = cut % records.length
        expect(digest(Table.concat([whole.slice(0, at), whole.slice(at)]))).toBe(digest(whole))
      }),
    )
  })
})
