/** Labels and classes: a label is what one row has, the classes are the distinct labels in a fixed order. */
import { MillraceError } from '../core/index.ts'

/** The name of a class. The labels of one score are all strings or all numbers. */
export type Label = string | number

/**
 * The distinct labels of the columns: numbers ascending, strings by UTF-16 code unit (scikit-learn's order, except for
 * characters outside the basic plane).
 *
 * @throws MillraceError INVALID_DATA when strings and numbers are mixed, NON_FINITE when a label is NaN
 */
export function classesOf<L extends Label>(
  metric: string,
  columns: Readonly<Record<string, ArrayLike<L>>>,
): readonly L[] {
  const found = new Set<L>()
  for (const [name, labels] of Object.entries(columns)) {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!
      if (!found.has(label)) found.add(checkLabel(metric, `${name}[${i}]`, label))
    }
  }
  return sortLabels(metric, [...found])
}

/**
 * The position of each class, for finding the class of a label.
 *
 * @throws MillraceError INVALID_ARGUMENT when there are no classes or one is listed twice
 */
export function positionsOf<L extends Label>(metric: string, classes: readonly L[]): ReadonlyMap<L, number> {
  const positions = new Map(classes.map((label, position) => [label, position]))
  if (classes.length === 0)
    throw new MillraceError('INVALID_ARGUMENT', `${metric}: classes is empty. List every class.`)
  if (positions.size === classes.length) return positions
  const twice = classes.find((label, position) => positions.get(label) !== position)
  throw new MillraceError('INVALID_ARGUMENT', `${metric}: classes lists ${quote(twice!)} twice. List every class once.`)
}

/**
 * For each label the position of its class.
 *
 * @throws MillraceError INVALID_DATA naming the first label that is not among the classes
 */
export function encodeLabels<L extends Label>(
  metric: string,
  name: string,
  labels: ArrayLike<L>,
  positions: ReadonlyMap<L, number>,
): Uint32Array {
  const encoded = new Uint32Array(labels.length)
  for (let i = 0; i < labels.length; i++) {
    const position = positions.get(labels[i]!)
    if (position === undefined) {
      throw new MillraceError(
        'INVALID_DATA',
        `${metric}: ${name}[${i}] is ${quote(labels[i]!)}, which is not among the classes ${quoteAll([...positions.keys()])}. ` +
          'Add it to the classes or correct the label.',
      )
    }
    encoded[i] = position
  }
  return encoded
}

/**
 * Which rows are of class `positive`, as 0 and 1; all other labels count as negative.
 *
 * @throws MillraceError INVALID_ARGUMENT when there are two labels or more and none is `positive`: it is misspelt
 */
export function markPositive<L extends Label>(metric: string, actual: ArrayLike<L>, positive: L): Uint8Array {
  const marks = Uint8Array.from({ length: actual.length }, (_, row) => (actual[row] === positive ? 1 : 0))
  const classes = classesOf(metric, { actual })
  if (classes.length >= 2 && !classes.includes(positive)) throw unknownPositive(metric, positive, classes)
  return marks
}

/** The error for a `positive` that is none of the classes. */
export function unknownPositive(metric: string, positive: Label, classes: readonly Label[]): MillraceError {
  return new MillraceError(
    'INVALID_ARGUMENT',
    `${metric}: positive is ${quote(positive)}, expected one of ${quoteAll(classes)}.`,
  )
}

/** A label as a message shows it: strings in quotes, so that "1" and 1 look different. */
export function quote(label: Label): string {
  return typeof label === 'string' ? JSON.stringify(label) : String(label)
}

/** Labels as a message shows them; of a long list the first ten. */
export function quoteAll(labels: readonly Label[]): string {
  const shown = labels.slice(0, 10).map(quote).join(', ')
  return labels.length > 10 ? `${shown} and ${labels.length - 10} more` : shown
}

function checkLabel<L extends Label>(metric: string, place: string, label: L): L {
  if (typeof label === 'string' || (typeof label === 'number' && !Number.isNaN(label))) return label
  throw new MillraceError(
    'NON_FINITE',
    `${metric}: ${place} is ${String(label)}, expected a label (a string or a number). Leave the row out or label it.`,
  )
}

function sortLabels<L extends Label>(metric: string, labels: L[]): L[] {
  const text = labels.find((label) => typeof label === 'string')
  const number = labels.find((label) => typeof label === 'number')
  if (text !== undefined && number !== undefined) {
    throw new MillraceError(
      'INVALID_DATA',
      `${metric}: the labels mix strings and numbers, such as ${quote(text)} and ${quote(number)}. Convert one to the other.`,
    )
  }
  return labels.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
