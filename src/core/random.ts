/**
 * Seeded randomness. A stream is named by its seed and labels alone, so `random.fork('shuffle', epoch)` gives the
 * same numbers whatever was drawn before it, on every system: nothing but the seed has to be stored to resume.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

type Generator = ReturnType<typeof xoroshiro128plusFromState>

/** A stream of random numbers (xoroshiro128+) that can be split into independent named streams. */
export class Random {
  readonly #key: number
  readonly #generator: Generator
  #spareNormal: number | undefined

  /** @param seed any integer; the same seed gives the same bits on every system */
  constructor(seed: number) {
    this.#key = mix(seed | 0, Math.floor(seed / 2 ** 32) | 0)
    this.#generator = generatorFor(this.#key)
  }

  /** A stream of its own for `labels`, independent of this one and of what has been drawn from it. */
  fork(...labels: readonly (string | number)[]): Random {
    let key = this.#key
    for (const label of labels) key = mix(key, typeof label === 'number' ? label | 0 : hashText(label))
    return new Random(key)
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return uniformFloat64(this.#generator)
  }

  /** A whole number in [0, limit), each equally likely. */
  integer(limit: number): number {
    return uniformInt(this.#generator, 0, limit - 1)
  }

  /** A number of the normal distribution (mean 0, standard deviation 1), by Box and Muller's transform. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal
      this.#spareNormal = undefined
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spareNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Fills `target` with numbers in [low, high) of 32 random bits: the fast way to fill large arrays. */
  fillUniform(target: Float32Array | Float64Array, low = 0, high = 1): void {
    const scale = (high - low) / 2 ** 32
    for (let i = 0; i < target.length; i++) target[i] = low + scale * (this.#generator.next() >>> 0)
  }

  /** The whole numbers 0..n-1 in random order (Fisher and Yates' shuffle). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const held = order[i]!
      order[i] = order[j]!
      order[j] = held
    }
    return order
  }
}

/** Steps 32 bits forward and stirs them (murmur3's finaliser over a Weyl sequence). */
function mix(key: number, value: number): number {
  let h = (Math.imul(key, 0x9e3779b1) + value + 0x85ebca6b) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** FNV-1a over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

function generatorFor(key: number): Generator {
  // The state must not be all zeros; four differently stirred words never are.
  return xoroshiro128plusFromState([mix(key, 1), mix(key, 2), mix(key, 3), mix(key, 4) | 1])
}
