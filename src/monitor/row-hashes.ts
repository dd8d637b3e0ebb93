/** Finding rows that are the same, and empty ones, while seeing one column at a time. */
import { type Column, missingBoolean } from '../data/index.ts'

/**
 * 64 bits a row, over all columns added so far: 9 bytes a row of memory. Different rows count as the same with
 * probability 2^-64 a pair; of ten million rows, one in 10^5 tables has such a pair.
 */
export class RowHashes {
  /** [2 · rows], two words a row. */
  readonly #words: Uint32Array
  readonly #hasValue: Uint8Array
  readonly #columns = new Map<string, string>()

  constructor(rowCount: number) {
    this.#words = new Uint32Array(2 * rowCount)
    this.#hasValue = new Uint8Array(rowCount)
  }

  /** Adds a column of the rows; its values count by what they are, whatever the type they are stored in. */
  add(name: string, column: Column): void {
    const words = column.type === 'string' ? wordsOfTexts(column.categories) : undefined
    const cells = new Float64Array(1)
    const halves = new Uint32Array(cells.buffer)
    let [first, second] = [0, 0]
    for (let row = 0; row < this.#hasValue.length; row++) {
      let [low, high] = [0, 0]
      if (column.type === 'string') {
        const code = column.codes[row]!
        if (code >= 0) {
          low = words![2 * code]!
          high = words![2 * code + 1]!
          this.#hasValue[row] = 1
        }
      } else {
        const value = column.values[row]!
        if (!Number.isNaN(value) && !(column.type === 'boolean' && value === missingBoolean)) {
          // Adding 0 makes -0 and 0 one value.
          cells[0] = value + 0
          low = halves[0]! ^ 0x5bd1e995
          high = halves[1]!
          this.#hasValue[row] = 1
        }
      }
      const [at, next] = [2 * row, 2 * row + 1]
      this.#words[at] = mix(this.#words[at]! ^ low, high)
      this.#words[next] = mix(this.#words[next]! ^ high, low ^ 0x9e3779b9)
      first = mix(first ^ low, high)
      second = mix(second ^ high, low ^ 0x9e3779b9)
    }
    this.#columns.set(name, `${first >>> 0}.${second >>> 0}`)
  }

  /** Rows that another row before them equals. */
  countDuplicates(): number {
    const sorted = new BigUint64Array(this.#words.buffer.slice(0)).sort()
    const words = new Uint32Array(sorted.buffer)
    let duplicates = 0
    for (let i = 2; i < words.length; i += 2) {
      if (words[i] === words[i - 2] && words[i + 1] === words[i - 1]) duplicates++
    }
    return duplicates
  }

  /** Rows without any value. */
  countEmpty(): number {
    return this.#hasValue.reduce((count, has) => count + 1 - has, 0)
  }

  /** Columns that equal one before them, in all rows. */
  duplicatedColumns(): string[] {
    const seen = new Set<string>()
    return [...this.#columns].flatMap(([name, hash]) => {
      if (seen.has(hash)) return [name]
      seen.add(hash)
      return []
    })
  }
}

function wordsOfTexts(texts: readonly string[]): Uint32Array {
  const words = new Uint32Array(2 * texts.length)
  texts.forEach((text, i) => {
    let [low, high] = [0x811c9dc5, 0x01000193]
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      low = Math.imul(low ^ unit, 0x01000193)
      high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 13)
    }
    words[2 * i] = mix(low, text.length)
    words[2 * i + 1] = mix(high, low)
  })
  return words
}

/** Stirs 32 bits and another word (murmur3's finaliser). */
function mix(value: number, other: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b) + Math.imul(other, 0xcc9e2d51) + 0x9e3779b9
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
