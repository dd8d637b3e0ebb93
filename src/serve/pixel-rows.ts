/** Images of one shape, image after image. */
export class PixelRows {
  readonly data: Float32Array
  /** Values of one image. */
  readonly width: number

  constructor(data: Float32Array, width: number) {
    this.data = data
    this.width = width
  }

  get length(): number {
    return this.data.length / this.width
  }

  slice(start: number, end: number): PixelRows {
    return new PixelRows(this.data.subarray(start * this.width, end * this.width), this.width)
  }
}
