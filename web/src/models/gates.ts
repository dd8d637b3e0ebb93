/** What quality gates decided about a model version, as its tags tell. */
import { z } from 'zod'
import { numberField } from '../api/fields.ts'

/** What keys of tags with evidence begin with. */
export const gatePrefix = 'millrace.gate.'

const evidenceField = z.object({
  metric: z.string(),
  value: numberField,
  threshold: numberField,
  comparison: z.enum(['>', '>=', '<', '<=']),
  passed: z.boolean(),
  interval: z.object({ low: numberField, high: numberField, level: z.number() }).optional(),
  datasetDigest: z.string().default(''),
  runId: z.string().default(''),
  decidedAt: z.string(),
})

export interface Gate {
  readonly name: string
  /** Undefined where the tag was changed into something that is no evidence. */
  readonly evidence: z.output<typeof evidenceField> | undefined
}

/** The gates that have decided, the earliest first; what cannot be read comes last. */
export function gatesOf(tags: Readonly<Record<string, string>>): readonly Gate[] {
  return Object.entries(tags)
    .filter(([key]) => key.startsWith(gatePrefix))
    .map(([key, text]): Gate => ({ name: key.slice(gatePrefix.length), evidence: parseEvidence(text) }))
    .toSorted((a, b) => timeOf(a) - timeOf(b) || (a.name < b.name ? -1 : 1))
}

function parseEvidence(text: string): Gate['evidence'] {
  try {
    return evidenceField.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function timeOf({ evidence }: Gate): number {
  const time = Date.parse(evidence?.decidedAt ?? '')
  return Number.isNaN(time) ? Number.MAX_VALUE : time
}
