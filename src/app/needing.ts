/** Endpoints that no grant can name: what users may do there is what they may do by default. */
import type { Endpoint, Permission } from '../tracking/server/index.ts'

/** The endpoint for users whose default permission is at least `permission`. */
export function needing(permission: Permission, endpoint: Endpoint): Endpoint {
  return {
    ...endpoint,
    answer: async (request, pathFields, context) => {
      context.rights.other(permission)
      return await endpoint.answer(request, pathFields, context)
    },
  }
}
