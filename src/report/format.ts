/** Numbers and times as a reader wants them. */

/** Up to five significant digits, with thousands set apart; very small and very large numbers in powers of ten. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return withMinus(value.toExponential(2))
  return withMinus(Number.isInteger(value) ? integers.format(value) : shortest.format(value))
}

/** `value` with this many digits after its point. */
export function formatFixed(value: number, decimals: number): string {
  const vanishes = value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals
  if (!Number.isFinite(value) || vanishes || Math.abs(value) >= 1e15) return formatNumber(value)
  return withMinus(fixedFormat(decimals).format(value))
}

/** 0.125 as 12.5%. */
export function formatPercent(share: number, decimals = 1): string {
  return Number.isFinite(share) ? `${withMinus(fixedFormat(decimals).format(share * 100))}%` : formatNumber(share)
}

/** Digits after the point that show each of `values` to about four significant digits, at most four. */
export function commonDecimals(values: readonly number[]): number {
  const needed = values.filter((value) => Number.isFinite(value)).map(decimalsOf)
  return Math.min(4, Math.max(0, ...needed))
}

/** `2026-11-21 10:05:30 UTC`, without milliseconds. */
export function formatTime(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'no time' : `${time.toISOString().replace('T', ' ').slice(0, 19)} UTC`
}

const integers = new Intl.NumberFormat('en', { useGrouping: 'min2', maximumFractionDigits: 0 })
const shortest = new Intl.NumberFormat('en', { useGrouping: 'min2', maximumSignificantDigits: 5 })
const fixedFormats = new Map<number, Intl.NumberFormat>()

function fixedFormat(decimals: number): Intl.NumberFormat {
  const known = fixedFormats.get(decimals)
  if (known !== undefined) return known
  const format = new Intl.NumberFormat('en', {
    useGrouping: 'min2',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  fixedFormats.set(decimals, format)
  return format
}

function decimalsOf(value: number): number {
  const [, fraction = ''] = String(Number(value.toPrecision(4))).split('.')
  return fraction.includes('e') ? 0 : fraction.length
}

/** The true minus sign, as wide as a plus. */
function withMinus(text: string): string {
  return text.replace(/^-/, '−')
}
