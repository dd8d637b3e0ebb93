/** The best model over HTTP. */
import { once } from 'node:events'
import { MillraceError, isPort, parseJson } from 'millrace/core'
import { Table } from 'millrace/data'
import { handlerServer, listen, type ServingHandler } from 'millrace/serve'
import { z } from 'zod'
import { openBest, type ServedModel } from '../models/served.ts'
import { modelPlace, type Settings } from '../settings.ts'
import { say, type StageInput } from '../stage.ts'

const number = z.number().refine((value) => Number.isFinite(Math.fround(value)), 'expected a finite 32-bit float')
const value = z.union([number, z.string(), z.null()], 'expected a number, text or null')
const bodySchema = z.strictObject({ features: z.array(z.array(value)).min(1, 'expected at least one row') })

type Features = z.output<typeof bodySchema>['features']

/** Serves until it is told to stop; what is under way is finished. */
export async function serve(settings: Settings, { options, signal }: StageInput): Promise<void> {
  const { port = '8000', host = '127.0.0.1' } = options
  if (!isPort(Number(port))) {
    throw new MillraceError('INVALID_ARGUMENT', `"${port}" is no port. Give --port a number from 0 to 65535.`)
  }
  const model = await openBest(settings)
  const listening = await listen(handlerServer(answers(model), { log: ({ message }) => say(message) }), {
    port: Number(port),
    host,
  })
  say(`${modelPlace(settings, 'best')} answers at ${listening.url}. Ctrl-C stops.`)
  if (!signal.aborted) await once(signal, 'abort')
  await listening.close()
}

function answers(model: ServedModel): ServingHandler {
  return {
    routes: {
      'GET /health': () => Response.json({ status: 'ok' }),
      'GET /info': () => Response.json(model.facts),
      'POST /predict': async (request) => {
        const { features } = parseJson(bodySchema, await request.text(), 'The request', 'INVALID_DATA')
        return (
          wrongWidth(features, model) ?? Response.json({ predictions: await model.predict(tableOf(features, model)) })
        )
      },
    },
    close: () => model.close(),
  }
}

function wrongWidth(features: Features, { inputs }: ServedModel): Response | undefined {
  const row = features.findIndex(({ length }) => length !== inputs.length)
  if (row === -1) return undefined
  const names = inputs.map(({ name }) => name).join(', ')
  const message = `Expected ${inputs.length} features in each row (${names}), found ${features[row]!.length} in row ${row + 1}.`
  return Response.json({ error_code: 'INVALID_PARAMETER_VALUE', message }, { status: 422 })
}

/** @throws DataError naming row and feature for text where a number is wanted, and the other way round */
function tableOf(features: Features, { inputs }: ServedModel): Table {
  const records = features.map((row) => Object.fromEntries(inputs.map(({ name }, i) => [name, row[i]])))
  return Table.fromRecords(records, Object.fromEntries(inputs.map(({ name, type }) => [name, type])))
}
