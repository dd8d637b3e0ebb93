/** Numbers and times as a reader wants them. */

/** Up to five significant digits, with thousands set apart; very small and very large numbers in powers of ten. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return withMinus(value.toExponential(2))
  const format = Number.isInteger(value) ? fixedFormat(0) : formatOf('shortest', { maximumSignificantDigits: 5 })
  return withMinus(format.format(value))
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

/** A label of an axis, short: 12000000 as 12M, 0.000012 as 1.2e-5. */
export function formatShort(value: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 1
  if (isSmall) return withMinus(Number(value.toPrecision(3)).toExponential())
  return withMinus(formatOf('short', { notation: 'compact', maximumFractionDigits: 1 }).format(value))
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

/** Formats are made when they are needed: the first takes 10 ms, which a program without a report should not pay. */
const formats = new Map<string, Intl.NumberFormat>()

function formatOf(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.NumberFormat('en', { useGrouping: 'min2', ...options })
  formats.set(key, format)
  return format
}

function fixedFormat(decimals: number): Intl.NumberFormat {
  return formatOf(`fixed ${decimals}`, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

function decimalsOf(value: number): number {
  const [, fraction = ''] = String(Number(value.toPrecision(4))).split('.')
  return fraction.includes('e') ? 0 : fraction.length
}

/** The true minus sign, as wide as a plus. */
function withMinus(text: string): string {
  return text.replace(/^-/, '−')
}
