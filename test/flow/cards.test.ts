/** Pages about tasks and runs. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openFlows, renderRunCard, renderStoredTaskCard, runFlow } from '../../src/flow/index.ts'
import { temporaryFlowFolder } from './temporary.ts'

const root = await temporaryFlowFolder()
const file = fileURLToPath(new URL('flows/cards.ts', import.meta.url))
const { runId } = await runFlow(file, { root, parameters: { rows: 2 } })
const flows = openFlows({ root })
const run = await flows.run(`cards/${runId}`)
const cardOf = async (step: string): Promise<string> => (await (await (await run.step(step)).task()).card()) ?? 'none'

describe('the card of a task', () => {
  it('has what its step put on it, and what is known', async () => {
    const html = await cardOf('full')
    for (const text of [
      '<strong>cards</strong>',
      '<svg',
      'row 1',
      `cards/${runId}/full/0`,
      'answer',
      '42',
      'Parameters',
    ]) {
      expect(html).toContain(text)
    }
    expect(html).not.toMatch(/http-equiv="refresh"|<script|src="http/)
  })

  it('that cannot be rendered does not fail the step, and says why', async () => {
    expect(await cardOf('broken')).toContain('This card could not be rendered')
    expect((await flows.task(`cards/${runId}/broken`)).isSuccessful).toBe(true)
  })

  it('that is not done in time does not fail the step, and the log says why', async () => {
    const hanging = fileURLToPath(new URL('flows/hanging-card.ts', import.meta.url))
    const { runId, artifacts } = await runFlow(hanging, { root, cardTimeoutMs: 300 })
    expect(artifacts['more']).toBe(43)
    const task = await flows.task(`hanging/${runId}/hangs`)
    expect(task.status).toBe('completed')
    expect(await task.stderr()).toMatch(/the card could not be made: It took longer than the timeout of 0\.3 s/)
    expect(await task.card()).toBeUndefined()
  })

  it('has what is known when the step asks for a card only', async () => {
    expect(await cardOf('known')).toContain('Float64Array(1000)')
  })

  it('is not made for a step that has nothing on it; it can be asked for', async () => {
    expect(await cardOf('without')).toBe('none')
    const task = await flows.task(`cards/${runId}/without`)
    expect(await renderStoredTaskCard(run, task)).toContain(task.pathspec)
  })

  it('has the error of a step that failed', async () => {
    expect(await cardOf('fails')).toMatch(/RangeError.*for the card/s)
  })
})

describe('the card of a run', () => {
  it('has its state, parameters, steps, tasks and result', async () => {
    const html = await renderRunCard(run)
    for (const text of ['completed', 'rows', 'caught', 'answer', 'without']) expect(html).toContain(text)
  })
})
