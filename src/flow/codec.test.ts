import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Table } from '../data/index.ts'
import { decodeValue, encodeValue, loadCodecs, registerCodec } from './codec.ts'

async function roundTrip(value: unknown): Promise<unknown> {
  const { bytes, classes } = await encodeValue(value, 'value')
  await loadCodecs(classes)
  return decodeValue(bytes)
}

const values = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  maxDepth: 4,
})

describe('values to bytes and back', () => {
  it('keeps every plain value as it is', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(await roundTrip(value)).toStrictEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('gives equal values equal bytes', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const [first, second] = [await encodeValue(value, 'a'), await encodeValue(structuredClone(value), 'b')]
        expect(Buffer.compare(first.bytes, second.bytes)).toBe(0)
      }),
    )
  })

  it.each([
    ['a lone surrogate', 'a\ud800'],
    ['a key that other formats lose', JSON.parse('{"__proto__": {"x": 1}}') as unknown],
    ['keys with lone surrogates', { '\ud800': 1, '\ud801': 2 }],
    ['an invalid date', new Date(NaN)],
    ['negative zero in a list', [-0]],
    ['a big integer of 90 bits', -(2n ** 90n)],
    ['a long text', 'é'.repeat(100_000)],
  ])('keeps %s', async (_, value) => {
    expect(await roundTrip(value)).toStrictEqual(value)
  })

  it('keeps name, message, stack and fields of errors', async () => {
    const error = Object.assign(new TypeError('no'), { code: 'E1' })
    const back = (await roundTrip({ error })) as { error: TypeError }
    expect(back.error).toBeInstanceOf(Error)
    expect(Object.assign({}, back.error, { name: back.error.name, stack: back.error.stack })).toEqual({
      name: 'TypeError',
      stack: error.stack,
      code: 'E1',
    })
  })

  it('keeps tables', async () => {
    const table = Table.fromRecords([
      { island: 'Biscoe', mass: 3750.5, count: 1, at: new Date(5), ok: true },
      { island: null, mass: null, count: null, at: null, ok: null },
    ])
    const back = (await roundTrip([table])) as [Table]
    expect(back[0]).toBeInstanceOf(Table)
    expect(back[0].types).toEqual(table.types)
    expect(back[0].toRecords()).toEqual(table.toRecords())
  })

  it('keeps instances of a class with a codec', async () => {
    class Money {
      readonly cents: number
      constructor(cents: number) {
        this.cents = cents
      }
    }
    await expect(encodeValue({ price: [new Money(5)] }, 'cart')).rejects.toThrow(
      /cart\.price\[0\] is an instance of the class "Money", which cannot be stored\. .*registerCodec/,
    )
    registerCodec(Money, { encode: ({ cents }) => cents, decode: (cents) => new Money(cents as number) })
    expect(await roundTrip({ price: new Money(5) })).toStrictEqual({ price: new Money(5) })
    expect(() => registerCodec(class Money extends Date {}, { encode: () => 1, decode: () => new Date() })).toThrow(
      /codec "Money" already/,
    )
  })

  it('keeps what is nested deeply', async () => {
    expect(await roundTrip(nested(500))).toStrictEqual(nested(500))
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = [cycle]
  it.each([
    [{ model: { fit: () => 1 } }, /a\.model\.fit is a function/],
    [[Symbol('x')], /a\[0\] is a symbol/],
    [cycle, /a\.self\[0\] is a reference to what it is part of/],
    [new Map([['k', new WeakMap()]]), /a\.get\(k\) is an instance of the class "WeakMap"/],
    [{ b: Promise.resolve(1) }, /a\.b is an instance of the class "Promise"/],
    [new ArrayBuffer(1), /class "ArrayBuffer"/],
    [nested(501), /^a\.get\(k\)\.get.{180,}… is inside of 500 others/],
    [nested(100_000), /is inside of 500 others/],
    [{ pixels: new Uint8Array(2 ** 31) }, /^a\.pixels is beyond the 2 GiB that an artifact may take\..*in parts/],
    [[new Float64Array(2 ** 27), new Float64Array(2 ** 27)], /^a\[1\] is beyond the 2 GiB/],
  ])('names what it cannot store: %#', async (value, message) => {
    await expect(encodeValue(value, 'a')).rejects.toThrow(message)
    await expect(encodeValue(value, 'a')).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' })
  })
})

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = new Map([['k', value]])
  return value
}
