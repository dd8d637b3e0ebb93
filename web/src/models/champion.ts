/** Which version of a model the others are held against. */
import { championAlias, type ModelVersion } from '../api/models.ts'
import { formatNumber } from '../shell/times.ts'

/** The version with the alias `champion`, else the newest in production; undefined where there is neither. */
export function championOf(versions: readonly ModelVersion[]): ModelVersion | undefined {
  return (
    versions.find(({ aliases }) => aliases.includes(championAlias)) ??
    versions
      .filter(({ stage }) => stage === 'Production')
      .toSorted((a, b) => b.version - a.version)
      .at(0)
  )
}

/** The highest version, undefined where there is none. */
export function newestVersion(versions: readonly ModelVersion[]): number | undefined {
  return versions.length === 0 ? undefined : Math.max(...versions.map(({ version }) => version))
}

/** `value - reference` with its sign; '' where either is missing or no finite number. */
export function signed(value: number | undefined, reference: number | undefined): string {
  const difference = (value ?? Number.NaN) - (reference ?? Number.NaN)
  if (!Number.isFinite(difference)) return ''
  // Decimals that stand for the same are a hair apart in binary.
  const shown = formatNumber(Number(difference.toPrecision(6)))
  return difference > 0 ? `+${shown}` : difference < 0 ? shown : '±0'
}
