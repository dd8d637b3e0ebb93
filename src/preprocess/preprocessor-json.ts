/** The stored form of a fitted preprocessor, and the checks that a schema alone cannot make. */
import { z } from 'zod'
import { MillraceError } from '../core/index.ts'
import { type FittedGroup, fittedStep } from './fitted-step.ts'
import type { InputColumn } from './inputs.ts'
import { featureNamesAfter, kindsOf } from './lower-steps.ts'

/** What `FittedPreprocessor.toJSON` gives. */
export interface PreprocessorJson {
  readonly version: 1
  readonly groups: readonly FittedGroup[]
}

export const preprocessorJson: z.ZodType<PreprocessorJson> = z.strictObject({
  version: z.literal(1),
  groups: z
    .array(
      z.strictObject({
        columns: z.array(z.string().min(1)).min(1),
        steps: z.array(fittedStep).min(1),
      }),
    )
    .min(1),
})

/** The raw columns of all groups, each once. A column has the kind that the first step of its group takes. */
export function inputsOf(groups: readonly FittedGroup[]): readonly InputColumn[] {
  const inputs = new Map<string, InputColumn>()
  for (const { columns, steps } of groups) {
    const type = kindsOf(steps[0]!).from === 'string' ? 'string' : 'double'
    for (const name of columns) {
      const other = inputs.get(name)
      if (other !== undefined && other.type !== type) throw invalid(`column "${name}" is taken as text and as numbers`)
      inputs.set(name, { name, type })
    }
  }
  return [...inputs.values()]
}

/** @throws MillraceError INVALID_CONFIG when steps do not follow one another, or know another number of columns */
export function checkGroups(groups: readonly FittedGroup[]): void {
  for (const [g, { columns, steps }] of groups.entries()) {
    steps.forEach((step, s) => {
      const place = `groups.${g}.steps.${s} (${step.kind})`
      const width = featureNamesAfter(steps.slice(0, s), columns).length
      if (step.columns.length !== width) {
        throw invalid(`${place} knows ${step.columns.length} columns, but gets ${width}`)
      }
      const before = s === 0 ? undefined : kindsOf(steps[s - 1]!).to
      const { from } = kindsOf(step)
      if (before !== undefined && from !== before) throw invalid(`${place} takes ${from}s, but gets ${before}s`)
    })
    if (kindsOf(steps.at(-1)!).to !== 'number') throw invalid(`groups.${g} gives text, but features are numbers`)
  }
}

function invalid(problem: string): MillraceError {
  return new MillraceError('INVALID_CONFIG', `The fitted preprocessor is not valid: ${problem}. Fit and save it again.`)
}
