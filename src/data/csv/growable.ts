/** Typed arrays that grow, giving back the memory of what they leave at once instead of at the next collection. */

type TypedArray = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** A typed array of which the first part is in use. */
export class Growable<A extends TypedArray> {
  #array: A
  #length: number

  /** @param length how many elements of `array` are in use */
  constructor(array: A, length: number) {
    this.#array = array
    this.#length = length
  }

  /** The part in use, until more is added. */
  get filled(): A {
    return this.#array.subarray(0, this.#length) as A
  }

  add(values: ArrayLike<number>): void {
    const length = this.#length + values.length
    if (length > this.#array.length) this.#move(Math.max(2 * this.#array.length, length))
    this.#array.set(values, this.#length)
    this.#length = length
  }

  #move(room: number): void {
    const buffer = this.#array.buffer.transfer(room * this.#array.BYTES_PER_ELEMENT)
    this.#array = new (this.#array.constructor as new (buffer: ArrayBuffer) => A)(buffer)
  }
}
