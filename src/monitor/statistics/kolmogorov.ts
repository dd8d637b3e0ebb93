/** p-values of the two-sample Kolmogorov-Smirnov test, exact for small samples and by the limit for large ones. */
import { greatestCommonDivisor } from '../../core/index.ts'
import { logChoose } from '../../metrics/special-functions.ts'

/**
 * P(D ≥ d) for two samples of these sizes: exact where both have at most 10,000 values, else from the distribution of
 * one sample of n·m/(n + m) values. This is how SciPy's ks_2samp chooses.
 */
export function kolmogorovPValue(d: number, n: number, m: number): number {
  const p = Math.max(n, m) <= 10_000 ? exactTail(d, n, m) : oneSampleTail(roundHalfEven((n * m) / (n + m)), d)
  return Math.min(1, Math.max(0, p))
}

function exactTail(d: number, n: number, m: number): number {
  const divisor = greatestCommonDivisor(n, m)
  const h = roundHalfEven(d * (n / divisor) * m)
  if (h === 0) return 1
  return n === m ? equalSizesTail(n, h) : pathsOutside(Math.max(n, m), Math.min(n, m), divisor, h)
}

/** P(D ≥ h/n) for two samples of n values each: Gnedenko and Korolyuk's alternating sum, in Horner's form. */
function equalSizesTail(n: number, h: number): number {
  let p = 0
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let term = 1
    for (let j = 0; j < h; j++) term = ((n - k * h - j) * term) / (n + k * h + j + 1)
    p = term * (1 - p)
  }
  return 2 * p
}

/**
 * The share of lattice paths from (0, 0) to (n, m) that leave the band |x/n − y/m| < h/lcm (Hodges 1958). Column by
 * column, the probability that a path to (x, y) has left the band; only y inside the band are kept.
 */
function pathsOutside(n: number, m: number, divisor: number, h: number): number {
  const [ng, mg] = [n / divisor, m / divisor]
  let low = 0
  let high = Math.min(Math.ceil(h / ng), m + 1)
  let outside = new Float64Array(m + 1).fill(1)
  let next = new Float64Array(m + 1)
  outside.fill(0, low, high)
  for (let x = 1; x <= n; x++) {
    low = Math.min(Math.max(Math.floor((mg * x - h) / ng) + 1, 0), m)
    const before = high
    high = Math.min(Math.ceil((mg * x + h) / ng), m + 1)
    if (high <= low) return 1
    let value = low === 0 ? 0 : 1
    for (let y = low; y < high; y++) {
      const left = y < before ? outside[y]! : 1
      value = (left * x + value * y) / (x + y)
      next[y] = value
    }
    ;[outside, next] = [next, outside]
  }
  return outside[high - 1]!
}

/**
 * P(D_n > d) of one sample against its distribution, as Simard & L'Ecuyer (Journal of Statistical Software 39/11, 2011)
 * choose between formulas, without Pomeranz' (Durbin's matrix covers its range).
 */
function oneSampleTail(n: number, d: number): number {
  if (d >= 1) return 0
  const t = n * d
  if (t <= 0.5) return 1
  if (t <= 1) return 1 - Math.exp(logFactorialOverPower(n) + n * Math.log(2 * t - 1))
  if (t >= n - 1) return 2 * (1 - d) ** n
  const square = t * d
  if (square >= 370) return 0
  if (d >= 0.5 || square > (n <= 140 ? 4 : 2.2)) return 2 * oneSidedTail(n, d)
  const small = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4)
  return 1 - (small ? durbinMatrix(n, d) : pelzGood(n, d))
}

/** ln(n!/n^n) = Σ ln(i/n). */
function logFactorialOverPower(n: number): number {
  let sum = 0
  for (let i = 1; i <= n; i++) sum += Math.log(i / n)
  return sum
}

/** P(D_n⁺ ≥ d), Smirnov's one-sided sum in the form of Birnbaum & Tingey (1951); all its terms are positive. */
function oneSidedTail(n: number, d: number): number {
  let sum = 0
  for (let j = 0; j <= Math.floor(n * (1 - d)); j++) {
    const rest = 1 - d - j / n
    if (rest <= 0) continue
    sum += Math.exp(logChoose(n, j) + (j - 1) * Math.log(d + j / n) + (n - j) * Math.log(rest))
  }
  return sum * d
}

/** P(D_n ≤ d) by the power of Durbin's matrix (Marsaglia, Tsang & Wang 2003). */
function durbinMatrix(n: number, d: number): number {
  const k = Math.ceil(n * d)
  const size = 2 * k - 1
  const h = k - n * d
  let exponent = 0
  let result = identity(size)
  let [base, baseExponent] = [durbinStart(size, h), 0]
  for (let power = n; power > 0; power = Math.floor(power / 2)) {
    if (power % 2 === 1) {
      result = multiply(result, base, size)
      exponent += baseExponent
    }
    base = multiply(base, base, size)
    baseExponent *= 2
    if (Math.abs(base[(k - 1) * size + k - 1]!) > 2 ** 128) {
      base = base.map((value) => value / 2 ** 128)
      baseExponent += 128
    }
  }
  const middle = result[(k - 1) * size + k - 1]!
  return Math.exp(Math.log(middle) + logFactorialOverPower(n) + exponent * Math.LN2)
}

function durbinStart(size: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size)
  const inverseFactorials = [1]
  for (let i = 1; i <= size; i++) inverseFactorials.push(inverseFactorials[i - 1]! / i)
  for (let row = 0; row < size; row++) {
    for (let column = 1; column <= Math.min(row + 1, size - 1); column++) {
      matrix[row * size + column] = inverseFactorials[row - column + 1]!
    }
  }
  for (let i = 0; i < size; i++) {
    const edge = (1 - h ** (i + 1)) * inverseFactorials[i + 1]!
    matrix[i * size] = edge
    matrix[(size - 1) * size + size - 1 - i] = edge
  }
  const corner = 1 - 2 * h ** size + Math.max(2 * h - 1, 0) ** size
  matrix[(size - 1) * size] = corner * inverseFactorials[size]!
  return matrix
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1
  return matrix
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]!
      if (factor === 0) continue
      for (let j = 0; j < size; j++) product[i * size + j]! += factor * b[k * size + j]!
    }
  }
  return product
}

/** P(D_n ≤ d) by Pelz & Good's expansion in powers of n^-½ (1976), in the form that converges for small z = d·√n. */
function pelzGood(n: number, d: number): number {
  const z = Math.sqrt(n) * d
  const [pi2, pi4, pi6] = [Math.PI ** 2, Math.PI ** 4, Math.PI ** 6]
  const [z2, z3, z4, z6] = [z ** 2, z ** 3, z ** 4, z ** 6]
  if (pi2 / 8 / z2 > 708) return 0
  const terms = [0, 0, 0, 0]
  let [extra2, extra3] = [0, 0]
  for (let k = Math.ceil((16 * z) / Math.PI); k >= 1; k--) {
    const m2 = (2 * k - 1) ** 2
    const q = Math.exp((-pi2 * m2) / 8 / z2)
    terms[0]! += q
    terms[1]! += q * (-z2 + (pi2 / 4) * m2)
    terms[2]! += q * (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * pi2 * m2) / 4 + (pi4 * (1 - 2 * z2) * m2 ** 2) / 16)
    terms[3]! +=
      q *
      (-30 * z6 -
        90 * z ** 8 +
        (pi2 * (135 * z4 - 96 * z6) * m2) / 4 +
        (pi4 * (-60 * z2 + 212 * z4) * m2 ** 2) / 16 +
        (pi6 * (5 - 30 * z2) * m2 ** 3) / 64)
    const whole = Math.exp((-pi2 * k * k) / 2 / z2) * k * k
    extra2 += whole
    extra3 += whole * (3 * z2 - pi2 * k * k)
  }
  const root = Math.sqrt(2 * Math.PI)
  return (
    (root * terms[0]!) / z +
    (root * terms[1]!) / (6 * z4) / Math.sqrt(n) +
    (root * (terms[2]! / (72 * z ** 7) - (pi2 * extra2) / (36 * z3))) / n +
    (root * (terms[3]! / (6480 * z ** 10) + (pi2 * extra3) / (216 * z6))) / n ** 1.5
  )
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}
