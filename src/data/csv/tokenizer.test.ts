import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Kernel } from './kernel.ts'
import { type RowProblem, split, type SplitOptions } from './tokenizer.ts'

const kernel = Kernel.create()

interface Found {
  readonly rows: readonly (readonly string[])[]
  readonly consumed: number
  readonly problem: RowProblem | undefined
}

function rowsOf(text: string, fieldCount: number, options: Partial<SplitOptions> = {}): Found {
  const length = kernel.bytes.write(text)
  const { batch, consumed, problem } = split(kernel, length, { delimiter: 44, fieldCount }, { last: true, ...options })
  const { bytes, bounds } = kernel
  const fieldAt = (i: number): string => bytes.toString('utf8', bounds[2 * i], bounds[2 * i + 1])
  const rows = Array.from({ length: batch.rowCount }, (_, row) =>
    Array.from({ length: fieldCount }, (_, field) => fieldAt(row * fieldCount + field)),
  )
  return { rows, consumed, problem }
}

/** The same rows one at a time, which is another way through the loops. */
function rowByRow(text: string, fieldCount: number, options: Partial<SplitOptions> = {}): Found {
  const rows: (readonly string[])[] = []
  for (let from = 0; ;) {
    const found = rowsOf(text, fieldCount, { ...options, from, maxRows: 1 })
    if (found.rows.length === 0) return { ...found, rows }
    rows.push(...found.rows)
    from = found.consumed
  }
}

describe('split', () => {
  const field = fc.oneof(
    fc.string({ maxLength: 100 }).map((text) => ({ text, written: `"${text.replaceAll('"', '""')}"` })),
    fc.stringMatching(/^[\w "]{0,20}$/).map((text) => ({ text: `x${text}`, written: `x${text}` })),
    fc.constant({ text: '', written: '' }),
  )

  it('finds the fields that were written, in quotes or not', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field, field), { maxLength: 40 }), (rows) => {
        const text = rows.map((row) => `${row.map(({ written }) => written).join(',')}\n`).join('')
        const expected = rows.map((row) => row.map((one) => one.text))
        expect(rowsOf(text, 3)).toEqual({ rows: expected, consumed: Buffer.byteLength(text), problem: undefined })
      }),
    )
  })

  it('finds the same, right or wrong, whether it looks for one row or for many', () => {
    const usual = fc.constantFrom(
      'a,b\n',
      'c,"d"\n',
      '"e ""f"", g",\n',
      ',"line\nbreak"\n',
      '"",""""\n',
      `${'long '.repeat(15)},h\n`,
    )
    const unusual = fc.constantFrom(
      '\n',
      'a,b\r\n',
      '"x\r\ny",b\r',
      '5" pipe,6" pipe\n',
      'a\n',
      'a,b,c\n',
      '"a"b,c\n',
      '"open',
      'a,b',
    )
    const rows = fc.array(fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: unusual }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(rows, fc.nat(400), fc.boolean(), (pieces, limit, last) => {
        const text = pieces.join('')
        const options = { limit: Math.min(limit, Buffer.byteLength(text)), last }
        expect(rowsOf(text, 2, options)).toEqual(rowByRow(text, 2, options))
      }),
      { numRuns: 2000 },
    )
  })
})
