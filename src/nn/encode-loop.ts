/**
 * WebAssembly code for a loop over vectors. Instructions and sections: webassembly.github.io/spec/core/binary, vector
 * instructions included.
 */

/** What is computed for each element. An expression used twice is computed once. */
export type Expression =
  | { readonly kind: 'vector' | 'scalar'; readonly position: number }
  | { readonly kind: 'operation'; readonly opcode: number; readonly operands: readonly Expression[] }

/** A vector that is changed, and what it holds afterwards. */
export interface Assignment {
  readonly position: number
  readonly value: Expression
}

export const FLOAT_BYTES = 4

const types = { i32: 0x7f, f32: 0x7d, v128: 0x7b, none: 0x40 }
const [localGet, localSet, i32Const, i32Add] = [0x20, 0x21, 0x41, 0x6a] as const
const [block, loop, branch, branchIf, end] = [0x02, 0x03, 0x0c, 0x0d, 0x0b] as const
const [i32GreaterThan, i32GreaterOrEqual] = [0x4b, 0x4f] as const
const f32x4Splat = simd(0x13)

/** Four numbers at a time, then the last ones one by one in the first of the four lanes. */
const strides = [
  { bytes: 4 * FLOAT_BYTES, load: code(simd(0x00), 0, 0), store: code(simd(0x0b), 0, 0) },
  { bytes: FLOAT_BYTES, load: code(simd(0x5c), 0, 0), store: code(simd(0x5a), 0, 0, 0) },
]

/** A module with one function of the address of each vector, the bytes of each, and the scalars. */
export function encodeLoop(vectorCount: number, scalarCount: number, assignments: readonly Assignment[]): Uint8Array {
  const parameters = [
    ...Array.from({ length: vectorCount + 1 }, () => [types.i32]),
    ...Array.from({ length: scalarCount }, () => [types.f32]),
  ]
  const body = encodeBody(vectorCount, scalarCount, assignments)
  return Uint8Array.from([
    ...code(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0), // magic number and version
    ...section(1, code(0x60, list(parameters), 0)),
    ...section(2, [0, 0, 2, 0, 0]), // imports a memory of any size under the names '' and ''
    ...section(3, [0]),
    ...section(7, [0, 0, 0]), // exports the function under the name ''
    ...section(10, code(unsigned(body.length), body)),
  ])
}

function encodeBody(vectorCount: number, scalarCount: number, assignments: readonly Assignment[]): number[] {
  // Locals: the parameters (addresses, bytes, scalars), the offset of the loop, then four lanes for each expression.
  const [bytes, offset] = [vectorCount, vectorCount + 1 + scalarCount]
  const expressions = [...inOrder(assignments.map(({ value }) => value))]
  const lanes = new Map(expressions.map((expression, i) => [expression, offset + 1 + i]))
  const address = (vector: number): number[] => code(get(vector), get(offset), i32Add)
  const splats = expressions.flatMap((expression) =>
    expression.kind === 'scalar'
      ? code(get(bytes + 1 + expression.position), f32x4Splat, set(lanes.get(expression)!))
      : [],
  )
  const repeat = (stride: (typeof strides)[number]): number[] => {
    const values = expressions.flatMap((expression) => {
      switch (expression.kind) {
        case 'scalar':
          return []
        case 'vector':
          return code(address(expression.position), stride.load, set(lanes.get(expression)!))
        case 'operation': {
          const operands = expression.operands.flatMap((operand) => get(lanes.get(operand)!))
          return code(operands, simd(expression.opcode), set(lanes.get(expression)!))
        }
      }
    })
    const stores = assignments.flatMap(({ position, value }) =>
      code(address(position), get(lanes.get(value)!), stride.store),
    )
    const step = code(get(offset), i32Const, unsigned(stride.bytes), i32Add)
    const isOver =
      stride.bytes === FLOAT_BYTES
        ? code(get(offset), get(bytes), i32GreaterOrEqual)
        : code(step, get(bytes), i32GreaterThan)
    const leaveIfOver = code(isOver, branchIf, 1)
    return code(
      block,
      types.none,
      loop,
      types.none,
      leaveIfOver,
      values,
      stores,
      step,
      set(offset),
      branch,
      0,
      end,
      end,
    )
  }
  const locals = list([code(unsigned(1), types.i32), code(unsigned(expressions.length), types.v128)])
  return code(locals, splats, ...strides.map(repeat), end)
}

/** All expressions inside `roots`, each once and after its operands. */
function inOrder(roots: readonly Expression[]): ReadonlySet<Expression> {
  const found = new Set<Expression>()
  const visit = (expression: Expression): void => {
    if (found.has(expression)) return
    if (expression.kind === 'operation') for (const operand of expression.operands) visit(operand)
    found.add(expression)
  }
  for (const expression of roots) visit(expression)
  return found
}

function code(...parts: readonly (number | readonly number[])[]): number[] {
  return parts.flat()
}

function get(local: number): number[] {
  return code(localGet, unsigned(local))
}

function set(local: number): number[] {
  return code(localSet, unsigned(local))
}

/** A section that holds one entry. */
function section(id: number, entry: readonly number[]): number[] {
  const content = list([entry])
  return code(id, unsigned(content.length), content)
}

function list(entries: readonly (readonly number[])[]): number[] {
  return code(unsigned(entries.length), ...entries)
}

function simd(opcode: number): number[] {
  return code(0xfd, unsigned(opcode))
}

/** LEB128: seven bits a byte, the lowest first. Below 64 that is also how signed numbers are written. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : code((value & 0x7f) | 0x80, unsigned(value >>> 7))
}
