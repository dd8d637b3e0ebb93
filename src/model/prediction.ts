/** What models predict. */

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

/** The probability of the predicted class of each row. */
export function confidences({ classes, probabilities }: ClassificationPrediction): Float32Array {
  const width = classes.length
  return Float32Array.from({ length: probabilities.length / width }, (_, row) =>
    Math.max(...probabilities.subarray(row * width, (row + 1) * width)),
  )
}
