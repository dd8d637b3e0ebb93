/** Division by powers of ten, correctly rounded. */

/** Powers of ten that are exact as doubles. */
const powers = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

/** 1 to 1e7 and 1 again, then the same below 0, which gives the sign of 0 too. */
const signedPowers = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1, 0, 0, 0, 0, 0, 0, 0, -1, -1e1, -1e2, -1e3, -1e4, -1e5, -1e6, -1e7, -1,
])

/** The inverses 1 to 1e-22, each as a sum of three numbers: the first 21 bits, the next 21, and 53 for the rest. */
const inverses = memory.data<f64>([
  1, 0, 0,
  0.09999996423721313, 3.576278118089249e-8, 5.684341886080802e-15,
  0.009999997913837433, 2.0861605776190117e-9, 1.9895196601282807e-15,
  0.0009999992325901985, 7.674096913490303e-10, 1.1013412404281553e-16,
  0.00009999994654208422, 5.345790476951606e-11, 1.1013412404281552e-17,
  0.000009999996109399945, 3.8905996480043115e-12, 4.0745185003743246e-19,
  9.99999429041054e-7, 5.709586449464954e-13, 3.009537064002643e-19,
  9.999996564147295e-8, 3.4358502371337196e-14, 2.467435977759891e-20,
  9.999993721976352e-9, 6.278021857800478e-15, 1.7898096199564508e-21,
  9.999991945619513e-10, 8.054377003134834e-16, 3.483875514465051e-22,
  9.999995276288587e-11, 4.7237095174461406e-17, 1.895688738363238e-23,
  9.999993888509806e-12, 6.111488298227586e-18, 1.8956887383632383e-24,
  9.999995623233282e-13, 4.376765649431392e-19, 1.0685081258102104e-25,
  9.999997791637627e-14, 2.2083602704846172e-20, 2.102483891501495e-26,
  9.999996436384911e-15, 3.563613632326351e-21, 1.4562490379444423e-27,
  9.999994742319017e-16, 5.257677911247818e-22, 3.0718361718370745e-28,
  9.999996859901385e-17, 3.140098067466964e-23, 5.474812751298366e-30,
  9.999998183390365e-18, 1.8166078252046713e-24, 1.8096587234834555e-30,
  9.99999322030669e-19, 6.779691500522837e-25, 1.8096587234834554e-31,
  9.999998390185518e-20, 1.609813658142546e-26, 8.235825919571908e-33,
  9.999999682655225e-21, 3.1734395102844016e-28, 8.235825919571908e-34,
  9.999999682655225e-22, 3.173431806564624e-29, 1.593954569712085e-34,
  9.999999682655225e-23, 3.173426991739763e-30, 2.0754370558088942e-35,
])

export const MAX_SAFE: u64 = 9007199254740991

export function power(exponent: u32): f64 {
  return load<f64>(powers + ((<usize>exponent) << 3))
}

/** The power of the digits behind the point, up to 7 of them, or 8 when there is no point. */
@inline
export function powerOfPlace(digitsBehind: u32, isNegative: u32): f64 {
  return load<f64>(signedPowers + ((<usize>digitsBehind + (<usize>isNegative << 4)) << 3))
}

/**
 * number / 10^exponent rounded once, or NaN when it cannot be told which way. `exponent` is at most 22.
 *
 * The number is multiplied by the inverse: of the products of its two halves of 32 bits with the three parts of the
 * inverse the largest ones are exact, so that what is added to `most` errs by less than 2^-50 of itself. Rounding is
 * certain when such a change would not alter the sum. If not, a number up to 2^53 and the power are exact doubles, and
 * one division rounds once (Clinger, "How to read floating point numbers accurately", 1990).
 */
@inline
export function dividedByPower(number: u64, exponent: u32): f64 {
  const parts = inverses + <usize>exponent * 24
  const first = load<f64>(parts)
  const second = load<f64>(parts, 8)
  const upper = <f64>(<i64>(number >> 32)) * 4294967296
  const lower = <f64>(<i64>(number & 0xffffffff))
  const most = upper * first
  const rest = upper * second + lower * first + (lower * second + (upper + lower) * load<f64>(parts, 16))
  const doubt = rest * 8.881784197001252e-16
  const value = most + (rest - doubt)
  if (value === most + (rest + doubt)) return value
  return number <= MAX_SAFE ? <f64>(<i64>number) / power(exponent) : NaN
}
