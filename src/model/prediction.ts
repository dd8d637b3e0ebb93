/** What models predict. */
import { type Column, columnFrom, Table } from '../data/index.ts'

/** Classes with the probability of each. `labels` holds, for each row, the class with the highest. */
export interface ClassificationPrediction {
  readonly task: 'classification'
  readonly classes: readonly string[]
  readonly labels: readonly string[]
  /** [rows, classes] in row-major order. */
  readonly probabilities: Float32Array
}

/** One number for each row. */
export interface RegressionPrediction {
  readonly task: 'regression'
  readonly values: Float32Array
}

export type Prediction = ClassificationPrediction | RegressionPrediction

/**
 * Predictions as a table. Classes: `prediction`, `confidence` (the probability of the predicted class) and
 * `probability_<class>` for each; numbers: `prediction`.
 */
export function predictionTable(prediction: Prediction): Table {
  if (prediction.task === 'regression')
    return Table.fromColumns({ prediction: numberColumn(Float64Array.from(prediction.values)) })
  const { classes, labels, probabilities } = prediction
  const shares = classes.map(() => new Float64Array(labels.length))
  const confidence = new Float64Array(labels.length)
  for (let row = 0, i = 0; row < labels.length; row++) {
    for (const share of shares) {
      const probability = probabilities[i++]!
      share[row] = probability
      if (probability > confidence[row]!) confidence[row] = probability
    }
  }
  return Table.fromColumns([
    ['prediction', columnFrom('string', labels)],
    ['confidence', numberColumn(confidence)],
    ...classes.map((name, position): [string, Column] => [`probability_${name}`, numberColumn(shares[position]!)]),
  ])
}

function numberColumn(values: Float64Array): Column {
  return { type: 'double', values }
}
