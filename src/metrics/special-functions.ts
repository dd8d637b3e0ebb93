/** The special functions and tails of distributions that the tests need. All of them take and give plain numbers. */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** ln Γ(x) for x > 0: Lanczos' series with g = 7 and nine terms, relative error about 1e-15. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  const series = LANCZOS.reduce<number>((sum, term, i) => sum + (i === 0 ? term : term / (z + i)), 0)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series)
}

/** ln of n choose k. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
}

/**
 * The upper regularised incomplete gamma function Q(a, x), a > 0, x ≥ 0: its series below a + 1, Legendre's continued
 * fraction above, by Lentz (Press et al., Numerical Recipes, 6.2).
 */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; term > sum * Number.EPSILON; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  return lentz((n) => (n === 0 ? [1, x + 1 - a] : [-n * (n - a), x + 2 * n + 1 - a]))
}

/** The regularised incomplete beta function I_x(a, b) for 0 ≤ x ≤ 1, by its continued fraction (Numerical Recipes, 6.4). */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x)
  const logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  const fraction = lentz((n) => {
    if (n === 0) return [1, 1]
    const m = Math.floor(n / 2)
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    return [n % 2 === 1 ? odd : even, 1]
  })
  return (Math.exp(logFront) * fraction) / a
}

/** The continued fraction a₀/(b₀ + a₁/(b₁ + …)) by the modified method of Lentz. */
function lentz(term: (n: number) => readonly [a: number, b: number]): number {
  const tiny = 1e-300
  let [value, c, d] = [tiny, tiny, 0]
  for (let n = 0; n < 100_000; n++) {
    const [a, b] = term(n)
    d = 1 / (b + a * d || tiny)
    c = b + a / c || tiny
    const step = c * d
    value *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return value
}

/** P(Z > z) of the standard normal distribution, without loss of digits in the upper tail. */
export function normalTail(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2
  return z >= 0 ? tail : 1 - tail
}

/** P(X > x) of the chi-square distribution. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2)
}

/** P(|T| > |t|) of Student's distribution. */
export function studentTwoTails(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? Number.NaN : 0
  return incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t))
}

/**
 * e^x·K_v(x), the scaled modified Bessel function of the second kind, x > 0: the trapezoidal rule on
 * ∫ exp(x − x·cosh t)·cosh(v·t) dt over t ≥ 0, which converges faster than any power of the step.
 */
export function scaledBesselK(v: number, x: number): number {
  const step = 1 / 64
  let sum = 0.5
  for (let i = 1; ; i++) {
    const t = i * step
    const exponent = x * (1 - Math.cosh(t))
    if (exponent < -745) break
    sum += Math.exp(exponent) * Math.cosh(v * t)
  }
  return sum * step
}
