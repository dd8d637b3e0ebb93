/** Confusion matrices among the artifacts of runs. */
import { z } from 'zod'

/** `counts[i][j]` is how many rows of class i were taken for class j, or their share. */
export interface Confusion {
  readonly classes: readonly string[]
  readonly counts: readonly (readonly number[])[]
}

/** Names of files that may hold one. */
export const confusionNames = /(confusion|report)[^/]*\.json$/i

const confusionSchema = z
  .object({
    classes: z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)).min(1),
    counts: z.array(z.array(z.number())),
  })
  .refine(({ classes, counts }) => [counts, ...counts].every(({ length }) => length === classes.length))

const fileSchema = z.union([
  confusionSchema,
  z.object({ confusion: confusionSchema }).transform(({ confusion }) => confusion),
])

/** The matrix in a file, which may be a whole report of classification; undefined where there is none. */
export function confusionOf(text: string): Confusion | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The share of its row for each cell: of the rows of a class, how many went where. */
export function rowShares({ counts }: Confusion): readonly (readonly number[])[] {
  return counts.map((row) => {
    const sum = row.reduce((sum, count) => sum + count, 0)
    return row.map((count) => (sum === 0 ? 0 : count / sum))
  })
}
