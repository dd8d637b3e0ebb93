/** Folds for cross-validation. */
import { MillraceError, type Random } from '../../core/index.ts'
import { partitionRows, type Split } from './split.ts'
import {
  type GroupBy,
  type OrderBy,
  quoteKey,
  requireRowCount,
  rowsByKey,
  rowsByTime,
  shuffled,
  splitRandom,
  type SplitStrategy,
  type StratifyBy,
} from './strategy.ts'

interface SeedOption {
  /** Any integer; the same seed gives the same folds on every system. No use without shuffling. Default 0. */
  readonly seed?: number
}

interface ShuffledOptions extends SeedOption {
  /** Whether rows (with `groupBy`, groups) are shuffled first. Default true. */
  readonly shuffle?: boolean
  /** Default: whichever rows come. */
  readonly strategy?: StratifyBy | GroupBy
}

/** Folds by time are never shuffled, so `shuffle` goes with the other strategies only. */
interface AnyStrategyOptions extends SeedOption {
  readonly shuffle?: never
  readonly strategy: SplitStrategy
}

export type KFoldOptions = ShuffledOptions | AnyStrategyOptions

/**
 * Divides rows 0..rowCount-1 into `folds` test parts, each with the rows to train on for it.
 *
 * Every row is in one test part, and in the training part of all other folds; the order of indices is ascending.
 * - without a strategy: test parts differ by one row at most. Unshuffled they are blocks, as those of scikit-learn's KFold.
 * - `stratifyBy`: so do the rows of each class.
 * - `groupBy`: the largest groups first, each to the fold with the fewest rows yet.
 * - `orderBy`: a growing window as scikit-learn's TimeSeriesSplit: the latest rows make `folds` test parts of equal
 *   size, about rowCount / (folds + 1), and each trains on all that is earlier. The earliest rows are in no test part.
 *   Of rows at one time the first count as earlier; indices are in order of time.
 *
 * @throws MillraceError INVALID_ARGUMENT for fewer than 2 folds, more folds than rows (by time, than rows less one), or
 * when keys and rows differ in number; INVALID_DATA for a class with fewer rows than folds, or fewer groups than folds;
 * DataError with the row of a missing key
 */
export function kFold(
  rowCount: number,
  folds: number,
  { seed = 0, shuffle = true, strategy }: KFoldOptions = {},
): Split[] {
  requireFolds(rowCount, folds, strategy?.orderBy !== undefined)
  const random = splitRandom('kFold', seed)
  const mixer = shuffle ? random : undefined
  if (strategy === undefined) return splitsOf(blocks(rowCount, folds, mixer), folds)
  if (strategy.stratifyBy !== undefined) return splitsOf(dealClasses(strategy, rowCount, folds, mixer), folds)
  if (strategy.groupBy !== undefined) return splitsOf(packGroups(strategy, rowCount, folds, mixer), folds)
  return growingWindow(strategy, rowCount, folds)
}

function requireFolds(rowCount: number, folds: number, byTime: boolean): void {
  requireRowCount('kFold', rowCount)
  if (!(Number.isInteger(folds) && folds >= 2)) {
    throw new MillraceError('INVALID_ARGUMENT', `kFold: folds is ${folds}. Give a whole number of at least 2.`)
  }
  const needed = byTime ? folds + 1 : folds
  if (needed <= rowCount) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `kFold: ${folds} folds${byTime ? ' by time' : ''} need ${needed} rows, but there are ${rowCount}. Use fewer folds.`,
  )
}

/** @param foldOf the fold in whose test part each row is */
function splitsOf(foldOf: Uint32Array, folds: number): Split[] {
  return Array.from({ length: folds }, (_, fold) => partitionRows(foldOf.length, (row) => foldOf[row] === fold))
}

function blocks(rowCount: number, folds: number, random: Random | undefined): Uint32Array {
  const order = random?.permutation(rowCount)
  const foldOf = new Uint32Array(rowCount)
  const [size, larger] = [Math.floor(rowCount / folds), rowCount % folds]
  for (let fold = 0, position = 0; fold < folds; fold++) {
    const end = position + size + (fold < larger ? 1 : 0)
    for (; position < end; position++) foldOf[order?.[position] ?? position] = fold
  }
  return foldOf
}

/** Deals the classes' rows one after the other to the folds in turn: whole and by class, folds differ by one at most. */
function dealClasses(
  { stratifyBy }: StratifyBy,
  rowCount: number,
  folds: number,
  random: Random | undefined,
): Uint32Array {
  const foldOf = new Uint32Array(rowCount)
  let turn = 0
  for (const [label, rows] of rowsByKey('stratifyBy', stratifyBy, rowCount)) {
    if (rows.length < folds) {
      throw new MillraceError(
        'INVALID_DATA',
        `kFold: ${quoteKey('class', label)} has ${rows.length} rows, too few for ${folds} folds. ` +
          'Use fewer folds, merge or drop the class, or fold without stratifyBy.',
      )
    }
    for (const row of random === undefined ? rows : shuffled(rows, random)) foldOf[row] = turn++ % folds
  }
  return foldOf
}

function packGroups({ groupBy }: GroupBy, rowCount: number, folds: number, random: Random | undefined): Uint32Array {
  const groups = [...rowsByKey('groupBy', groupBy, rowCount).values()]
  if (groups.length < folds) {
    throw new MillraceError(
      'INVALID_DATA',
      `kFold: ${folds} folds need as many groups, but there are ${groups.length}. ` +
        'Use fewer folds, or group by another column.',
    )
  }
  const largestFirst = (random === undefined ? groups : shuffled(groups, random)).toSorted(
    (a, b) => b.length - a.length,
  )
  const foldOf = new Uint32Array(rowCount)
  const sizes = new Float64Array(folds)
  for (const rows of largestFirst) {
    const fold = sizes.indexOf(Math.min(...sizes))
    sizes[fold]! += rows.length
    for (const row of rows) foldOf[row] = fold
  }
  return foldOf
}

function growingWindow(strategy: OrderBy, rowCount: number, folds: number): Split[] {
  const order = rowsByTime(strategy, rowCount)
  const size = Math.floor(rowCount / (folds + 1))
  return Array.from({ length: folds }, (_, fold) => {
    const start = rowCount - (folds - fold) * size
    return { train: order.slice(0, start), test: order.slice(start, start + size) }
  })
}
