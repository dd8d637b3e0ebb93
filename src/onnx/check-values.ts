/** Checking what is fed to a model before ONNX Runtime sees it, whose own messages do not say what was expected. */
import { MillraceError, ShapeError } from '../core/index.ts'
import { elementCount, formatShape, type Shape } from '../tensor/index.ts'
import type { Value, ValueType } from './session.ts'

/**
 * Checks that `feeds` are the numbers of exactly the declared inputs.
 *
 * @throws MillraceError INVALID_ARGUMENT for a missing, unknown or wrongly typed input, listing all that are declared
 * @throws ShapeError for a shape that does not fit, or where inputs disagree about a named size such as 'batch'
 */
export function checkFeeds(declared: readonly ValueType[], feeds: Readonly<Record<string, Value>>): void {
  const missing = declared.filter(({ name }) => !Object.hasOwn(feeds, name))
  if (missing.length > 0) {
    const given = Object.keys(feeds).join(', ') || 'none'
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `No values for the input ${missing.map(({ name }) => `"${name}"`).join(', ')}. ${listed('inputs', declared)} Given: ${given}.`,
    )
  }
  checkValues('input', declared, feeds)
}

/** Checks that the arrays in `results` are of declared outputs, with their types and shapes. @throws as `checkFeeds` */
export function checkResults(declared: readonly ValueType[], results: Readonly<Record<string, Value>>): void {
  if (Object.keys(results).length === 0) {
    throw new MillraceError('INVALID_ARGUMENT', `No output is asked for. ${listed('outputs', declared)}`)
  }
  const strings = Object.keys(results).find((name) => results[name]!.dtype === 'string')
  if (strings !== undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The output "${strings}" is made of strings, which cannot be filled in place. Use run().`,
    )
  }
  checkValues('output', declared, results)
}

/** Checks that all of `wanted` are declared outputs. @throws MillraceError INVALID_ARGUMENT */
export function checkWanted(declared: readonly ValueType[], wanted: readonly string[]): void {
  if (wanted.length === 0) checkResults(declared, {})
  for (const name of wanted) find('output', declared, name)
}

function checkValues(
  side: 'input' | 'output',
  declared: readonly ValueType[],
  values: Readonly<Record<string, Value>>,
): void {
  const sizes = new Map<string, number>()
  for (const [name, value] of Object.entries(values)) {
    const expected = find(side, declared, name)
    if (value.dtype !== expected.dtype) {
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `The ${side} "${name}" is ${describe(expected)}, found ${describe(value)}. Convert the values to ${expected.dtype}.`,
      )
    }
    if (elementCount(value.shape) !== value.data.length) {
      throw new ShapeError(
        '',
        `The ${side} "${name}" has ${value.data.length} values, its shape ${formatShape(value.shape)} needs ${elementCount(value.shape)}.`,
      )
    }
    if (!fits(value.shape, expected.shape, sizes)) {
      const named = [...sizes].map(([size, count]) => `${size} = ${count}`).join(', ')
      throw new ShapeError(
        '',
        `The ${side} "${name}" is ${describe(expected)}, found shape ${formatShape(value.shape)}${named === '' ? '' : ` (with ${named})`}.`,
      )
    }
  }
}

/** Whether `found` has the declared sizes; a named size is whatever it was the first time, an unnamed one anything. */
function fits(found: readonly number[], declared: Shape, sizes: Map<string, number>): boolean {
  return (
    found.length === declared.length &&
    declared.every((size, axis) => {
      if (size === '') return true
      if (typeof size === 'number') return size === found[axis]
      if (!sizes.has(size)) sizes.set(size, found[axis]!)
      return sizes.get(size) === found[axis]
    })
  )
}

function find(side: 'input' | 'output', declared: readonly ValueType[], name: string): ValueType {
  const found = declared.find((each) => each.name === name)
  if (found !== undefined) return found
  throw new MillraceError('INVALID_ARGUMENT', `There is no ${side} "${name}". ${listed(`${side}s`, declared)}`)
}

function listed(what: string, declared: readonly ValueType[]): string {
  const all = declared.map((each) => `${each.name} ${describe(each)}`).join(', ')
  return `The model's ${what}: ${all === '' ? 'none' : all}.`
}

function describe({ dtype, shape }: Pick<ValueType, 'dtype' | 'shape'>): string {
  return `${dtype}${formatShape(shape.map((size) => (size === '' ? '?' : size)))}`
}
