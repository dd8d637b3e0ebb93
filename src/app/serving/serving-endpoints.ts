/** The endpoints that show what is served where, and score by it. docs/rest.md describes them. */
import {
  type Endpoint,
  forAccess,
  type GuardedEndpoint,
  HttpError,
  type HttpReply,
  jsonEndpoint,
  readBytes,
} from '../../tracking/server/index.ts'
import { needing } from '../needing.ts'
import type { ModelServers } from './model-servers.ts'
import { serverJson, trafficJson } from './serving-json.ts'

const SERVING_PATH = '/api/2.0/millrace/serving'

/** What `POST /predict` of a model server takes. */
const takes = /^(application\/json|text\/csv|multipart\/form-data|image\/[\w.+-]+)\s*(;|$)/i

/**
 * The endpoints of model servers, for `createTrackingServer`. Where the server has users, those whose default permission
 * lets them read look, and those whom it lets use what there is may ask for predictions.
 */
export function servingEndpoints(servers: ModelServers): readonly GuardedEndpoint[] {
  return forAccess('any user', [
    needing(
      'READ',
      jsonEndpoint('GET', `${SERVING_PATH}/list`, {}, async () => ({
        servers: await Promise.all(servers.all().map(serverJson)),
      })),
    ),
    needing(
      'READ',
      jsonEndpoint('GET', `${SERVING_PATH}/{id}/get`, {}, async (_, __, { id = '' }) => {
        const server = servers.get(id)
        return { server: await serverJson(server), model: (await server.state()).info }
      }),
    ),
    needing(
      'READ',
      jsonEndpoint(
        'GET',
        `${SERVING_PATH}/{id}/traffic`,
        {},
        async (_, __, { id = '' }) => await Promise.resolve(trafficJson(servers.get(id))),
      ),
    ),
    needing('USE', { method: 'POST', path: `${SERVING_PATH}/{id}/predict`, answer: predictBy(servers) }),
  ])
}

function predictBy(servers: ModelServers): Endpoint['answer'] {
  return async (request, { id = '' }, { maxBodyBytes }): Promise<HttpReply> => {
    const server = servers.get(id)
    const contentType = request.header('content-type') ?? ''
    if (!takes.test(contentType)) {
      const message = `Content-Type is "${contentType}", expected JSON, CSV, a form with a file, or an image.`
      throw new HttpError(415, 'BAD_REQUEST', message)
    }
    const content = new Uint8Array(await readBytes(request, maxBodyBytes))
    const { status, body } = await server.client.predict(content, contentType)
    return { status, headers: { 'content-type': 'application/json' }, body }
  }
}
