/** Suggesting SageMaker's statistics and constraints from a table that is as it should be. */
import { type Column, requireRows, type Table } from '../data/index.ts'
import { type CategoryProfile, type NumberProfile, profileColumn } from './profile.ts'
import { type Constraints, constraintsSchema, type Statistics } from './sagemaker-schemas.ts'
import { countInBins, equalEdges } from './statistics/binning.ts'
import { mean, populationDeviation } from './statistics/moments.ts'

type Feature = Statistics['features'][number]

/** Columns of text with at most so many values get a domain. */
const DOMAIN_VALUES = 20

/** statistics.json of a table. Booleans and dates count as strings. @throws DataError when there are no rows */
export function statisticsOf(table: Table): Statistics {
  requireRows(table)
  return {
    version: 0,
    dataset: { item_count: table.rowCount },
    features: table.columnNames.map((name) => featureOf(name, table.column(name))),
  }
}

/** constraints.json of a table: all that holds of it, and Model Monitor's default thresholds. @throws as statisticsOf */
export function constraintsOf(table: Table): Constraints {
  requireRows(table)
  return constraintsSchema.parse({
    version: 0,
    features: table.columnNames.map((name) => constraintOf(name, table.column(name))),
  })
}

/** The type that Model Monitor would infer. */
function inferredTypeOf(column: Column, present: number): Feature['inferred_type'] {
  if (present === 0) return 'Unknown'
  if (column.type === 'long') return 'Integral'
  return column.type === 'double' ? 'Fractional' : 'String'
}

/** The column as numbers or as strings, whichever Model Monitor sees in it. */
export function sagemakerProfile(name: string, column: Column): NumberProfile | CategoryProfile {
  const type = column.type === 'long' || column.type === 'double' ? 'numerical' : 'categorical'
  return profileColumn(name, column, type) as NumberProfile | CategoryProfile
}

function featureOf(name: string, column: Column): Feature {
  const profile = sagemakerProfile(name, column)
  const present = profile.rowCount - profile.missing
  const common = { num_present: present, num_missing: profile.missing }
  const head = { name, inferred_type: inferredTypeOf(column, present) }
  if (profile.type === 'categorical') {
    const buckets = [...profile.counts].sort((a, b) => b[1] - a[1]).map(([value, count]) => ({ value, count }))
    return {
      ...head,
      string_statistics: {
        common,
        distinct_count: buckets.length,
        distribution: { categorical: { buckets: buckets.slice(0, 100) } },
      },
    }
  }
  return profile.sorted.length === 0 ? head : { ...head, numerical_statistics: numericalStatistics(profile, common) }
}

function numericalStatistics(
  { sorted }: NumberProfile,
  common: { readonly num_present: number; readonly num_missing: number },
): NonNullable<Feature['numerical_statistics']> {
  const [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 0]
  const edges = low === high ? [low, high] : equalEdges(low, high, 10)
  const counts = countInBins(sorted, edges)
  return {
    common,
    mean: mean(sorted),
    sum: sorted.reduce((sum, value) => sum + value, 0),
    std_dev: populationDeviation(sorted),
    min: low,
    max: high,
    distribution: {
      kll: { buckets: counts.map((count, i) => ({ lower_bound: edges[i]!, upper_bound: edges[i + 1]!, count })) },
    },
  }
}

function constraintOf(name: string, column: Column): Constraints['features'][number] {
  const profile = sagemakerProfile(name, column)
  const present = profile.rowCount - profile.missing
  const head = { name, inferred_type: inferredTypeOf(column, present), completeness: present / profile.rowCount }
  if (profile.type === 'numerical') {
    return { ...head, num_constraints: { is_non_negative: (profile.sorted[0] ?? 0) >= 0 } }
  }
  const domains = [...profile.counts.keys()].sort()
  return domains.length === 0 || domains.length > DOMAIN_VALUES ? head : { ...head, string_constraints: { domains } }
}
