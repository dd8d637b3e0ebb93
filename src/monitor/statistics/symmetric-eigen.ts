/** Eigenvalues of small symmetric matrices. */

export interface EigenPair {
  readonly value: number
  /** [n], of length 1. */
  readonly vector: readonly number[]
}

/** All eigenpairs of a symmetric matrix [n, n], given row by row, by Jacobi's rotations. */
export function eigenvaluesAndVectors(matrix: readonly number[], n: number): EigenPair[] {
  const a = [...matrix]
  const vectors: number[] = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
  for (let sweep = 0; sweep < 60; sweep++) {
    let offDiagonal = 0
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        offDiagonal += a[p * n + q]! ** 2
        rotate(a, vectors, n, p, q)
      }
    }
    if (offDiagonal < 1e-300) break
  }
  return Array.from({ length: n }, (_, k) => ({
    value: a[k * n + k]!,
    vector: Array.from({ length: n }, (_, row) => vectors[row * n + k]!),
  }))
}

/** Turns axes p and q so that a[p, q] becomes 0. */
function rotate(a: number[], vectors: number[], n: number, p: number, q: number): void {
  const apart = a[p * n + q]!
  if (apart === 0) return
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apart)
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const cosine = 1 / Math.hypot(tangent, 1)
  const sine = tangent * cosine
  turn(a, n, sine, cosine, (k) => [k * n + p, k * n + q])
  turn(a, n, sine, cosine, (k) => [p * n + k, q * n + k])
  turn(vectors, n, sine, cosine, (k) => [k * n + p, k * n + q])
}

function turn(
  values: number[],
  n: number,
  sine: number,
  cosine: number,
  places: (k: number) => readonly [number, number],
): void {
  for (let k = 0; k < n; k++) {
    const [i, j] = places(k)
    const [x, y] = [values[i]!, values[j]!]
    values[i] = cosine * x - sine * y
    values[j] = sine * x + cosine * y
  }
}
