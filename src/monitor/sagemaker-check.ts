/** Checking a table against SageMaker's constraints and statistics. */
import type { Table } from '../data/index.ts'
import { pairCounts } from './column-drift.ts'
import type { CategoryProfile, NumberProfile } from './profile.ts'
import { sagemakerProfile } from './sagemaker-baseline.ts'
import {
  type Constraints,
  type MonitoringConfig,
  monitoringConfigSchema,
  type Statistics,
  type Violation,
  type Violations,
} from './sagemaker-schemas.ts'
import { valueShares } from './statistics/binning.ts'
import { chiSquare } from './statistics/category-tests.ts'

type Constraint = Constraints['features'][number]
type Feature = Statistics['features'][number]

export interface Baseline {
  readonly constraints: Constraints
  /** Without it distributions are not compared. */
  readonly statistics?: Statistics
}

/**
 * The violations of a baseline.
 *
 * Thresholds of types and domains of 0.5 and more are read as the share of values that has to fit, smaller ones as the
 * share that need not: the documentation has both. `Simple` compares the largest gap between the distribution functions
 * at the bounds of the baseline's buckets. `Robust`, whose formula is not published, takes off what the gap would be by
 * chance with these numbers of rows: the 5 % point of the Kolmogorov-Smirnov test, 1.358·√((n + m)/(n·m)).
 */
export function checkConstraints(table: Table, { constraints, statistics }: Baseline): Violations {
  const expected = new Set(constraints.features.map(({ name }) => name))
  const extra = table.columnNames
    .filter((name) => !expected.has(name))
    .map((name) => violation(name, 'extra_column_check', 'The column is not in the baseline.'))
  if (constraints.monitoring_config.evaluate_constraints === 'Disabled') return { violations: [] }
  const checked = constraints.features.flatMap((constraint) => {
    if (!table.has(constraint.name)) {
      return [violation(constraint.name, 'missing_column_check', 'The column of the baseline is missing.')]
    }
    const feature = statistics?.features.find(({ name }) => name === constraint.name)
    return checkFeature(table, constraint, feature, configOf(constraints.monitoring_config, constraint))
  })
  return { violations: [...checked, ...extra] }
}

function checkFeature(
  table: Table,
  constraint: Constraint,
  feature: Feature | undefined,
  config: MonitoringConfig,
): Violation[] {
  const { name } = constraint
  const profile = sagemakerProfile(name, table.column(name))
  const present = profile.rowCount - profile.missing
  const completeness = profile.rowCount === 0 ? 0 : present / profile.rowCount
  const found: Violation[] = []
  if (completeness < constraint.completeness) {
    found.push(below(name, 'completeness_check', completeness, constraint.completeness))
  }
  if (present === 0) return found
  const fitting = typeFit(profile, constraint.inferred_type)
  const required = requiredShare(config.datatype_check_threshold)
  if (fitting < required) return [...found, below(name, 'data_type_check', fitting, required)]
  const domain = domainFit(profile, constraint)
  const requiredDomain = requiredShare(config.domain_content_threshold)
  if (domain < requiredDomain) found.push(below(name, 'categorical_values_check', domain, requiredDomain))
  return feature === undefined ? found : [...found, ...checkDrift(profile, feature, config)]
}

/** The share of values that are of the type, or can be read as it. */
function typeFit(profile: NumberProfile | CategoryProfile, type: Constraint['inferred_type']): number {
  if (type === 'String' || type === 'Unknown') return 1
  const fits = type === 'Integral' ? Number.isInteger : Number.isFinite
  if (profile.type === 'numerical') {
    return profile.sorted.reduce((count, value) => count + (fits(value) ? 1 : 0), 0) / profile.sorted.length
  }
  return shareOf(profile.counts, (value) => value.trim() !== '' && fits(Number(value)))
}

/** The share of values in the domain, or that are not negative where none was. */
function domainFit(profile: NumberProfile | CategoryProfile, constraint: Constraint): number {
  if (profile.type === 'numerical') {
    if (constraint.num_constraints?.is_non_negative !== true) return 1
    return profile.sorted.reduce((count, value) => count + (value >= 0 ? 1 : 0), 0) / profile.sorted.length
  }
  const domains = constraint.string_constraints?.domains
  if (domains === undefined) return 1
  const known = new Set(domains)
  return shareOf(profile.counts, (value) => known.has(value))
}

function checkDrift(profile: NumberProfile | CategoryProfile, feature: Feature, config: MonitoringConfig): Violation[] {
  const { perform_comparison: perform, ...rules } = config.distribution_constraints
  if (perform === 'Disabled') return []
  const isNumber = profile.type === 'numerical'
  const threshold = isNumber
    ? rules.comparison_threshold
    : (rules.categorical_comparison_threshold ?? rules.comparison_threshold)
  const distance = isNumber
    ? numberDistance(profile, feature, rules.comparison_method)
    : categoryDistance(profile, feature, rules.categorical_drift_method)
  if (distance === undefined || distance <= threshold) return []
  const description = `Baseline drift distance: ${distance} exceeds threshold: ${threshold}`
  return [violation(feature.name, 'baseline_drift_check', description)]
}

function numberDistance({ sorted }: NumberProfile, feature: Feature, method: 'Robust' | 'Simple'): number | undefined {
  const buckets = feature.numerical_statistics?.distribution.kll.buckets
  if (buckets === undefined) return undefined
  const total = buckets.reduce((sum, { count }) => sum + count, 0)
  let [seen, at, largest] = [0, 0, 0]
  buckets.forEach(({ upper_bound: bound, count }, i) => {
    seen += count
    // A value on a bound is of the bucket above, but for the last.
    while (at < sorted.length && (sorted[at]! < bound || (i === buckets.length - 1 && sorted[at] === bound))) at++
    largest = Math.max(largest, Math.abs(seen / total - at / sorted.length))
  })
  const [first] = buckets
  const before = first === undefined ? 0 : sorted.findIndex((value) => value >= first.lower_bound)
  largest = Math.max(largest, (before === -1 ? sorted.length : before) / sorted.length)
  if (method === 'Simple') return largest
  return Math.max(0, largest - 1.358 * Math.sqrt((total + sorted.length) / (total * sorted.length)))
}

/** The largest difference of shares, or 1 − p of the chi-square test. */
function categoryDistance(
  { counts }: CategoryProfile,
  feature: Feature,
  method: 'LInfinity' | 'ChiSquared',
): number | undefined {
  const buckets = feature.string_statistics?.distribution?.categorical.buckets
  if (buckets === undefined) return undefined
  const pair = pairCounts(new Map(buckets.map(({ value, count }) => [value, count])), counts)
  if (method === 'ChiSquared') return 1 - chiSquare(pair)
  const { reference, current } = valueShares(pair)
  return Math.max(...reference.map((share, i) => Math.abs(share - current[i]!)))
}

function configOf(config: MonitoringConfig, { monitoringConfigOverrides: overrides }: Constraint): MonitoringConfig {
  return overrides === undefined ? config : monitoringConfigSchema.parse({ ...config, ...overrides })
}

function requiredShare(threshold: number): number {
  return threshold >= 0.5 ? threshold : 1 - threshold
}

function shareOf(counts: ReadonlyMap<string, number>, test: (value: string) => boolean): number {
  let [fitting, all] = [0, 0]
  for (const [value, count] of counts) {
    all += count
    if (test(value)) fitting += count
  }
  return all === 0 ? 1 : fitting / all
}

function below(name: string, type: Violation['constraint_check_type'], value: number, required: number): Violation {
  return violation(name, type, `Value: ${value} does not meet the constraint requirement of ${required}`)
}

function violation(name: string, type: Violation['constraint_check_type'], description: string): Violation {
  return { feature_name: name, constraint_check_type: type, description }
}
