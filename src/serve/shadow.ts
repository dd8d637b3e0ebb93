/** Shadows: models that score what others answer, only to be compared with them. */
import type { Prediction } from '../model/index.ts'
import type { Deployment } from './deployment.ts'
import type { RawRows } from './raw-rows.ts'
import type { ServerContext } from './server-context.ts'

/** Numbers that differ by no more than this share of the larger one agree. */
const AGREEMENT = 0.01

/** Has every shadow score the rows too, behind the answer, and counts how often it says the same. */
export function compareWithShadows(context: ServerContext, raw: RawRows, given: Prediction): void {
  for (const shadow of context.deployments) if (shadow.role === 'shadow') void compare(context, shadow, raw, given)
}

async function compare(
  { metrics, limits }: ServerContext,
  shadow: Deployment,
  raw: RawRows,
  given: Prediction,
): Promise<void> {
  await shadow.model.use(async (model) => {
    try {
      const rows = await model.content.read(raw, { skipBadRows: true })
      const deadlineMs = performance.now() + limits.timeoutMs
      const prediction = await model.score(rows, { deadlineMs, gone: () => false })
      const agreeing = countAgreeing(given, prediction)
      metrics.shadow(model.identity, true, agreeing)
      metrics.shadow(model.identity, false, raw.rowCount - agreeing)
    } catch {
      // A shadow that cannot answer is a finding, not a failure of the request.
      metrics.shadow(model.identity, 'error', raw.rowCount)
    }
  })
}

function countAgreeing(a: Prediction, b: Prediction): number {
  if (a.task === 'classification' && b.task === 'classification') {
    return a.labels.filter((label, row) => label === b.labels[row]).length
  }
  if (a.task !== 'regression' || b.task !== 'regression') return 0
  return a.values.filter((value, row) => isNear(value, b.values[row]!)).length
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= AGREEMENT * Math.max(Math.abs(a), Math.abs(b))
}
