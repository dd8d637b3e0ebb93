/** One split of rows into a part to train on and a part to test on. */
import { MillraceError, type Random } from '../../core/index.ts'
import { partitionRows, type Split } from './split.ts'
import {
  type GroupBy,
  quoteKey,
  requireRowCount,
  rowsByKey,
  rowsByTime,
  shuffled,
  splitRandom,
  type SplitStrategy,
  type StratifyBy,
} from './strategy.ts'

export interface TrainTestSplitOptions {
  /** The share of rows to test on, between 0 and 1 (both excluded). Default 0.25. */
  readonly testFraction?: number
  /** Any integer; the same seed gives the same rows on every system. A split by time has no use for it. Default 0. */
  readonly seed?: number
  /** Default: at random. */
  readonly strategy?: SplitStrategy
}

/**
 * Divides rows 0..rowCount-1 into two parts; every row is in one of them.
 *
 * The test part has `testFraction` of the rows, rounded up as in scikit-learn; the order of indices is ascending.
 * - `stratifyBy`: the test part has its share of each class's rows, rounded up or down. A class that owes a part less
 *   than one row may give it none.
 * - `groupBy`: groups are taken in random order while that brings the test part closer to its size, so that the share
 *   is met only as closely as whole groups allow.
 * - `orderBy`: the latest rows are the test part; of rows at one time, the last. Indices are in order of time.
 *
 * @throws MillraceError INVALID_ARGUMENT for a fraction out of range or one that leaves a part empty, or when keys and
 * rows differ in number; INVALID_DATA for a class of one row, more classes than rows in a part or only one group;
 * DataError with the row of a missing key
 */
export function trainTestSplit(
  rowCount: number,
  { testFraction = 0.25, seed = 0, strategy }: TrainTestSplitOptions = {},
): Split {
  const testCount = countTestRows(rowCount, testFraction)
  const random = splitRandom('trainTestSplit', seed)
  if (strategy === undefined) return everyNth([random.permutation(rowCount)], rowCount, testCount, random)
  if (strategy.stratifyBy !== undefined) return splitClasses(strategy, rowCount, testCount, random)
  if (strategy.groupBy !== undefined) return splitGroups(strategy, rowCount, testCount, random)
  const order = rowsByTime(strategy, rowCount)
  return { train: order.slice(0, rowCount - testCount), test: order.slice(rowCount - testCount) }
}

function countTestRows(rowCount: number, testFraction: number): number {
  requireRowCount('trainTestSplit', rowCount)
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `trainTestSplit: testFraction is ${testFraction}. Give a share between 0 and 1, such as 0.25.`,
    )
  }
  // 0.07 × 100 is a little more than 7 in floating point, which must not make it 8.
  const testCount = Math.max(1, Math.ceil(rowCount * testFraction - 1e-9))
  if (testCount < rowCount) return testCount
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `trainTestSplit: testFraction ${testFraction} of ${rowCount} rows leaves none to train on. ` +
      'Lower the fraction or bring more rows.',
  )
}

function splitClasses({ stratifyBy }: StratifyBy, rowCount: number, testCount: number, random: Random): Split {
  const classes = rowsByKey('stratifyBy', stratifyBy, rowCount)
  for (const [label, { length }] of classes) {
    if (length > 1) continue
    throw new MillraceError(
      'INVALID_DATA',
      `trainTestSplit: ${quoteKey('class', label)} has one row, and both parts need one. ` +
        'Merge or drop the class, or split without stratifyBy.',
    )
  }
  const smallest = Math.min(testCount, rowCount - testCount)
  if (smallest < classes.size) {
    throw new MillraceError(
      'INVALID_DATA',
      `trainTestSplit: a part of ${smallest} rows cannot hold ${classes.size} classes. ` +
        'Choose a testFraction nearer to 0.5, or split without stratifyBy.',
    )
  }
  const sequences = Array.from(classes.values(), (rows) => shuffled(rows, random))
  return everyNth(sequences, rowCount, testCount, random)
}

/**
 * Lays the sequences end to end and takes `testCount` rows at even distances, from a random start. So every sequence
 * gives its exact share, rounded up or down, and every row has the same chance (systematic sampling).
 */
function everyNth(sequences: readonly ArrayLike<number>[], rowCount: number, testCount: number, random: Random): Split {
  const isTest = new Uint8Array(rowCount)
  let owed = random.integer(rowCount)
  for (const rows of sequences) {
    for (let i = 0; i < rows.length; i++) {
      owed += testCount
      if (owed < rowCount) continue
      owed -= rowCount
      isTest[rows[i]!] = 1
    }
  }
  return partitionRows(rowCount, (row) => isTest[row] === 1)
}

function splitGroups({ groupBy }: GroupBy, rowCount: number, testCount: number, random: Random): Split {
  const groups = rowsByKey('groupBy', groupBy, rowCount)
  if (groups.size < 2) {
    throw new MillraceError(
      'INVALID_DATA',
      `trainTestSplit: all rows are of ${quoteKey('group', groupBy[0]!)}, and each part needs a group of its own. ` +
        'Group by another column, or split without groupBy.',
    )
  }
  const isTest = new Uint8Array(rowCount)
  for (const rows of chooseGroups(shuffled([...groups.values()], random), testCount)) {
    for (const row of rows) isTest[row] = 1
  }
  return partitionRows(rowCount, (row) => isTest[row] === 1)
}

/** Some of the groups, at least one and never all, with about `wanted` rows. */
function chooseGroups(groups: readonly (readonly number[])[], wanted: number): (readonly number[])[] {
  const chosen: (readonly number[])[] = []
  let count = 0
  for (const rows of groups) {
    const closer = Math.abs(count + rows.length - wanted) < Math.abs(count - wanted)
    if (!closer || chosen.length === groups.length - 1) continue
    chosen.push(rows)
    count += rows.length
  }
  if (chosen.length > 0) return chosen
  return [groups.reduce((smallest, rows) => (rows.length < smallest.length ? rows : smallest))]
}
