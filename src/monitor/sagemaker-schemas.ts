/** SageMaker Model Monitor's files: statistics.json, constraints.json and constraint_violations.json. */
import { z } from 'zod'

const inferredType = z.enum(['Integral', 'Fractional', 'String', 'Unknown'])

const common = z.looseObject({ num_present: z.number(), num_missing: z.number() })

const numericalStatistics = z.looseObject({
  common,
  mean: z.number(),
  sum: z.number(),
  /** Of the population. */
  std_dev: z.number(),
  min: z.number(),
  max: z.number(),
  distribution: z.looseObject({
    kll: z.looseObject({
      /** Ten of equal width, the lower bound included. */
      buckets: z.array(z.looseObject({ lower_bound: z.number(), upper_bound: z.number(), count: z.number() })),
    }),
  }),
})

const stringStatistics = z.looseObject({
  common,
  distinct_count: z.number(),
  distribution: z
    .looseObject({
      categorical: z.looseObject({ buckets: z.array(z.looseObject({ value: z.string(), count: z.number() })) }),
    })
    .optional(),
})

export const statisticsSchema = z.looseObject({
  version: z.number(),
  dataset: z.looseObject({ item_count: z.number() }),
  features: z.array(
    z.looseObject({
      name: z.string(),
      inferred_type: inferredType,
      numerical_statistics: numericalStatistics.optional(),
      string_statistics: stringStatistics.optional(),
    }),
  ),
})

const distributionConstraints = z.looseObject({
  perform_comparison: z.enum(['Enabled', 'Disabled']).default('Enabled'),
  comparison_threshold: z.number().default(0.1),
  comparison_method: z.enum(['Robust', 'Simple']).default('Robust'),
  categorical_comparison_threshold: z.number().optional(),
  categorical_drift_method: z.enum(['LInfinity', 'ChiSquared']).default('LInfinity'),
})

const monitoringConfig = z.looseObject({
  evaluate_constraints: z.enum(['Enabled', 'Disabled']).default('Enabled'),
  emit_metrics: z.enum(['Enabled', 'Disabled']).default('Enabled'),
  datatype_check_threshold: z.number().default(1),
  domain_content_threshold: z.number().default(1),
  distribution_constraints: distributionConstraints.prefault({}),
})

export const constraintsSchema = z.looseObject({
  version: z.number(),
  features: z.array(
    z.looseObject({
      name: z.string(),
      inferred_type: inferredType,
      completeness: z.number(),
      num_constraints: z.looseObject({ is_non_negative: z.boolean().optional() }).optional(),
      string_constraints: z.looseObject({ domains: z.array(z.string()).optional() }).optional(),
      /** Replaces keys of monitoring_config for this feature. */
      monitoringConfigOverrides: z.looseObject({}).optional(),
    }),
  ),
  monitoring_config: monitoringConfig.prefault({}),
})

export type Statistics = z.infer<typeof statisticsSchema>

export type Constraints = z.infer<typeof constraintsSchema>

export type MonitoringConfig = z.infer<typeof monitoringConfig>

export const monitoringConfigSchema = monitoringConfig

export interface Violation {
  readonly feature_name: string
  readonly constraint_check_type:
    | 'data_type_check'
    | 'completeness_check'
    | 'baseline_drift_check'
    | 'missing_column_check'
    | 'extra_column_check'
    | 'categorical_values_check'
  readonly description: string
}

export interface Violations {
  readonly violations: readonly Violation[]
}
