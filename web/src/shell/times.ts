/** Times, sizes and numbers as people read them. */

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** Such as "3 hr. ago". */
export function formatAge(timeMs: number, nowMs: number): string {
  const difference = timeMs - nowMs
  const [unit, size] = units.find(([, size]) => Math.abs(difference) >= size) ?? ['second', 1000]
  return relative.format(Math.trunc(difference / size), unit)
}

/** Date and time of day, where the reader is. */
export function formatTime(timeMs: number): string {
  return absolute.format(timeMs)
}

/** Such as "850 ms", "12.3 s", "4 min 5 s", "2 h 10 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** At most six digits that count; very large and small ones as powers of ten. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(6)))
}

/** A share of 0 to 1, such as "12.5 %"; what is all but none or all keeps its digits. */
export function formatPercent(share: number): string {
  const percent = 100 * share
  return `${Number(percent.toFixed(percent > 99.95 || percent < 0.05 ? 3 : 1))} %`
}

/** Such as "12.3 kB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`
}
