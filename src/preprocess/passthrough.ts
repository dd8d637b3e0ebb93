/** Numbers that are features as they are. */
import { numberColumns } from './batch.ts'
import type { Fitted } from './fitted-step.ts'
import type { StepDefinition } from './step-definition.ts'
import { type NumberTransformer, singleStep } from './transformer.ts'

/** Leaves numbers as they are; NaN stays NaN. For models that learn from missing values, such as boosted trees. */
export function passthrough(): NumberTransformer {
  return singleStep({ number: 'number' }, 'passthrough', (batch) => ({
    kind: 'passthrough',
    columns: numberColumns(batch, 'passthrough').map(() => ({})),
  }))
}

export const passingThrough: StepDefinition<Fitted<'passthrough'>, 'number', 'number'> = {
  from: 'number',
  to: 'number',
  featureNames: (_, columns) => columns,
  lower: (_graph, _fitted, matrix) => matrix,
}
