/** Makes the newest version of the penguins model the champion, deploys it and asks it about three penguins. */
import { MillraceError } from 'millrace/core'
import { flow } from 'millrace/flow'
import { resolveModelUri } from 'millrace/tracking'
import { z } from 'zod'
import { featuresOf, readPenguins } from '../model.ts'
import { commonParameters, configSchema, NAME, openBackendOf, openTrackingOf } from '../settings.ts'

export default flow('deployment', {
  description: 'Make a version of the penguins model the champion and deploy it.',
  parameters: {
    ...commonParameters,
    version: z.number().int().min(1).optional().describe('the version to deploy (default: the newest)'),
    samples: z.number().int().min(0).default(3).describe('penguins to ask it about'),
  },
  config: configSchema,
})
  .step('start', async ({ parameters }) => {
    await using client = await openTrackingOf(parameters)
    const version = parameters.version ?? (await newestVersion(client))
    const { path } = await resolveModelUri(client, `models:/${NAME}/${version}`)
    return { version, path }
  })
  .step('deploy', { card: true }, async ({ version, parameters, config }, task) => {
    await using client = await openTrackingOf(parameters)
    await client.setRegisteredModelAlias(NAME, 'champion', version)
    await using backend = await openBackendOf(config, parameters)
    const deployment = await backend.deploy(`models:/${NAME}/${version}`, version)
    task.log(`${deployment.target}: ${deployment.state}`)
    return { deployment }
  })
  .switch('is_serving', ({ deployment }) => (deployment.state === 'serving' ? 'ask' : 'wait'), {
    ask: (flow) =>
      flow.step('sample', async ({ parameters, config }, task) => {
        const table = await readPenguins(parameters.dataset)
        const rows = featuresOf(table).slice(0, parameters.samples)
        await using backend = await openBackendOf(config, parameters)
        const answers = await backend.invoke(rows)
        for (const [row, { prediction, confidence }] of answers.entries()) {
          task.log(`penguin ${row + 1}: ${prediction}, with confidence ${confidence?.toFixed(2)}`)
        }
        return { answers }
      }),
    wait: (flow) =>
      flow.step('not_running', ({ deployment }, task) => {
        task.log(`Nothing answers at ${deployment.target} yet. Start it: millrace serve models:/${NAME}@champion`)
        return { answers: [] }
      }),
  })

async function newestVersion(client: Awaited<ReturnType<typeof openTrackingOf>>): Promise<number> {
  const { items } = await client.searchModelVersions({
    filter: `name = '${NAME}'`,
    orderBy: ['version_number DESC'],
    maxResults: 1,
  })
  const [newest] = items
  if (newest !== undefined) return newest.version
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no registered version of "${NAME}" to deploy. Train one: millrace flow run flows/training.ts`,
  )
}
