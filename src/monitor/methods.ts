/** Every drift method: its name, what it compares, how it scores and when the score means drift. A closed table. */
import { andersonDarling } from './statistics/anderson-darling.ts'
import { fillEmptyBins, distinctValueShares, numberShares, valueShares } from './statistics/binning.ts'
import { chiSquare, fisherExact, gTest, proportionTest, variationPermutation } from './statistics/category-tests.ts'
import { cramerVonMises } from './statistics/cramer-von-mises.ts'
import {
  energyDistance,
  hellinger,
  jensenShannon,
  kullbackLeibler,
  normedWasserstein,
  populationStability,
} from './statistics/distances.ts'
import { kernelDiscrepancy } from './statistics/kernel-discrepancy.ts'
import type { NumberSamples, TextSamples, ValueCounts } from './statistics/samples.ts'
import { domainClassifierAuc, randomClassifierAuc } from './statistics/text-drift.ts'
import { eppsSingleton, kolmogorovSmirnov, mannWhitney, tTest } from './statistics/value-tests.ts'

/** How many rows of a column have a value. */
export interface RowCounts {
  readonly reference: number
  readonly current: number
}

export interface DriftMethod {
  /** Evidently's name of the method in results. */
  readonly label: string
  /** A p-value means drift when low, a distance or the AUC of a classifier when high. */
  readonly kind: 'p-value' | 'distance' | 'classifier'
  /** The threshold where none is given. */
  readonly threshold: number
  /** The kinds of columns it scores, by what it needs of them. */
  readonly numbers?: (samples: NumberSamples) => number
  readonly counts?: (counts: ValueCounts) => number
  readonly texts?: (texts: TextSamples) => number
  readonly isDrift: (score: number, threshold: number, rows: RowCounts) => boolean
}

const below = (score: number, threshold: number): boolean => score < threshold
const atMost = (score: number, threshold: number): boolean => score <= threshold
const above = (score: number, threshold: number): boolean => score > threshold
const atLeast = (score: number, threshold: number): boolean => score >= threshold

type Kind = Pick<DriftMethod, 'kind' | 'threshold' | 'isDrift'>

const strictTest: Kind = { kind: 'p-value', threshold: 0.05, isDrift: below }
const looseTest: Kind = { kind: 'p-value', threshold: 0.1, isDrift: below }
const distance: Kind = { kind: 'distance', threshold: 0.1, isDrift: atLeast }

/** All methods by Evidently's names, with Evidently's thresholds and signs of comparison. */
const driftMethods = {
  ks: { ...strictTest, label: 'K-S p_value', numbers: kolmogorovSmirnov, isDrift: atMost },
  chisquare: { ...strictTest, label: 'chi-square p_value', counts: chiSquare },
  z: { ...strictTest, label: 'Z-test p_value', counts: proportionTest },
  t_test: { ...strictTest, label: 't_test', numbers: tTest },
  mannw: { ...strictTest, label: 'Mann-Whitney U-rank test', numbers: mannWhitney },
  es: { ...strictTest, label: 'Epps-Singleton', numbers: eppsSingleton },
  anderson: { ...looseTest, label: 'Anderson-Darling', numbers: andersonDarling },
  cramer_von_mises: { ...looseTest, label: 'Cramer-von Mises', numbers: cramerVonMises, isDrift: atMost },
  g_test: { ...looseTest, label: 'g_test', counts: gTest },
  fisher_exact: { ...looseTest, label: "Fisher's Exact test", counts: fisherExact },
  TVD: { ...looseTest, label: 'Total-Variation-Distance', counts: variationPermutation },
  empirical_mmd: { ...looseTest, label: 'empirical_mmd', numbers: kernelDiscrepancy },
  wasserstein: { ...distance, label: 'Wasserstein distance (normed)', numbers: normedWasserstein },
  jensenshannon: {
    ...distance,
    label: 'Jensen-Shannon distance',
    numbers: (samples) => jensenShannon(numberShares(samples)),
    counts: (counts) => jensenShannon(valueShares(counts)),
  },
  psi: {
    ...distance,
    label: 'PSI',
    numbers: (samples) => populationStability(fillEmptyBins(numberShares(samples))),
    counts: (counts) => populationStability(fillEmptyBins(valueShares(counts))),
  },
  kl_div: {
    ...distance,
    label: 'Kullback-Leibler divergence',
    numbers: (samples) => kullbackLeibler(fillEmptyBins(numberShares(samples))),
    counts: (counts) => kullbackLeibler(fillEmptyBins(valueShares(counts))),
  },
  hellinger: {
    ...distance,
    label: 'Hellinger distance',
    numbers: (samples) => hellinger(distinctValueShares(samples)),
    counts: (counts) => hellinger(valueShares(counts)),
  },
  ed: { ...distance, label: 'Energy-distance', numbers: energyDistance, isDrift: above },
  perc_text_content_drift: {
    kind: 'classifier',
    label: 'Percentile text content drift',
    threshold: 0.05,
    texts: domainClassifierAuc,
    isDrift: (auc, p, { reference, current }) => auc > randomClassifierAuc(p, reference, current),
  },
  abs_text_content_drift: {
    kind: 'classifier',
    label: 'Absolute text content drift',
    threshold: 0.55,
    texts: domainClassifierAuc,
    isDrift: above,
  },
} as const satisfies Record<string, DriftMethod>

export type DriftMethodName = keyof typeof driftMethods

export const driftMethodNames = Object.keys(driftMethods) as readonly DriftMethodName[]

/** The method called `name`, with all that a method may have. */
export function driftMethod(name: DriftMethodName): DriftMethod {
  return driftMethods[name]
}
