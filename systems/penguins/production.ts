/** Production rows of the penguins, held against the data the model learned from. */
import type { Table } from 'millrace/data'
import { compareTables, type DriftReport } from 'millrace/monitor'
import { FEATURES, TARGET } from './model.ts'

/** One drifting feature of six is enough. */
const DRIFT_SHARE = 0.1

/** Whether the six features drift, each by the default method for its column. */
export function featureDrift(reference: Table, production: Table): DriftReport {
  return compareTables(reference, production, { columns: [...FEATURES], driftShare: DRIFT_SHARE })
}

/** Labelled production rows as rows to learn from: the features, and the label as species. */
export function learnable(production: Table): Table {
  return production.select(...FEATURES, 'target').rename({ target: TARGET })
}
