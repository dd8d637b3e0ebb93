/**
 * Evidence of quality gates, bound to the model version it speaks for: kept as tags of the version, so that MLflow
 * shows it and no deployment has to trust a file lying about.
 */
import { z } from 'zod'
import { parseJson, parseWith } from '../core/index.ts'
import { type RegistryStore, type VersionNumber } from './tracking-store.ts'

const tagPrefix = 'millrace.gate.'

// JSON has no NaN and no infinities, yet a gate that failed for one of them must be on record.
const number = z.union([
  z.custom<number>((value) => typeof value === 'number', 'expected a number'),
  z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number),
])

const evidenceSchema = z.object({
  gate: z.string().min(1),
  metric: z.string().min(1),
  value: number,
  threshold: number,
  comparison: z.enum(['>', '>=', '<', '<=']),
  passed: z.boolean(),
  interval: z.object({ low: number, high: number, level: z.number().gt(0).lt(1) }).optional(),
  datasetDigest: z.string(),
  runId: z.string(),
  decidedAt: z.iso.datetime(),
})

/**
 * What a gate decided on: `value` of `metric` on the data with `datasetDigest`, in run `runId`, held against
 * `threshold`. `interval` is the confidence interval of the value at `level` (0.95 is 95 %), `decidedAt` a time such
 * as `2026-01-31T12:00:00Z`.
 */
export type GateEvidence = z.infer<typeof evidenceSchema>

/**
 * Records what a gate decided about a model version; an earlier decision of the same gate is replaced.
 *
 * @throws MillraceError INVALID_ARGUMENT for evidence that is incomplete, RESOURCE_DOES_NOT_EXIST without the version
 */
export async function recordGate(
  registry: Pick<RegistryStore, 'setModelVersionTag'>,
  name: string,
  version: VersionNumber,
  evidence: GateEvidence,
): Promise<void> {
  const checked = parseWith(evidenceSchema, evidence, `Evidence of a gate for ${name} ${version}`, 'INVALID_ARGUMENT')
  const text = JSON.stringify(checked, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
  await registry.setModelVersionTag(name, version, `${tagPrefix}${checked.gate}`, text)
}

/**
 * The evidence of all gates that have decided about a model version, the earliest decision first; none is [].
 *
 * @throws MillraceError INVALID_DATA when a tag was changed into something that is no evidence
 */
export async function gateEvidence(
  registry: Pick<RegistryStore, 'getModelVersion'>,
  name: string,
  version: VersionNumber,
): Promise<readonly GateEvidence[]> {
  const { tags } = await registry.getModelVersion(name, version)
  return Object.entries(tags)
    .filter(([key]) => key.startsWith(tagPrefix))
    .map(([key, text]) => parseJson(evidenceSchema, text, `Tag ${key} of ${name} ${version}`, 'INVALID_DATA'))
    .toSorted((a, b) => Date.parse(a.decidedAt) - Date.parse(b.decidedAt) || (a.gate < b.gate ? -1 : 1))
}
