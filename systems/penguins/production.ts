/** Production rows of the penguins, held against the data the model learned from. */
import { columnFrom, type Table } from 'millrace/data'
import { createReport, type MonitoringReport } from 'millrace/monitor'
import { FEATURES, featuresOf, TARGET } from './model.ts'

/** One drifting feature of six is enough. */
const DRIFT_SHARE = 0.1

/** The six features: their drift, each by the default method for its column, what is in them, and tests of that. */
export function featureReport(reference: Table, production: Table): MonitoringReport {
  return createReport(featuresOf(production), { reference: featuresOf(reference), driftShare: DRIFT_SHARE })
}

/** How right the answers were, beside a model that is always right on the data it learned from. */
export function qualityReport(reference: Table, production: Table): MonitoringReport {
  const species = columnFrom('string', reference.strings(TARGET))
  const perfect = reference
    .select(TARGET)
    .rename({ [TARGET]: 'target' })
    .withColumn('prediction', species)
  return createReport(production.select('target', 'prediction'), {
    reference: perfect,
    target: 'target',
    prediction: 'prediction',
  })
}

/** Both in one. */
export function wholeReport(reference: Table, production: Table): MonitoringReport {
  const { quality } = qualityReport(reference, production)
  return { ...featureReport(reference, production), ...(quality && { quality }) }
}

/** Labelled production rows as rows to learn from: the features, and the label as species. */
export function learnable(production: Table): Table {
  return production.select(...FEATURES, 'target').rename({ target: TARGET })
}
