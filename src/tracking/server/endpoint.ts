/** One endpoint: a row of the table in endpoints.ts. */
import { z } from 'zod'
import { parseFields } from './fields.ts'
import { type HttpReply, type HttpRequest, jsonReply } from './http.ts'
import { readFields } from './request-fields.ts'
import type { ServerContext } from './server-context.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The parts of a path that stand for `{name}` in the endpoint's, decoded. */
export type PathFields = Readonly<Record<string, string>>

export interface Endpoint {
  readonly method: Method
  /** As MLflow's documentation has it, with `{model_id}` for a part that varies and `{path*}` for all the rest. */
  readonly path: string
  answer(request: HttpRequest, pathFields: PathFields, context: ServerContext): Promise<HttpReply>
}

/**
 * Who may use an endpoint of a server with users: `nobody in particular` needs no login; `any user` needs one, and what the
 * endpoint does with the store is then asked of the rules in guarded-store.ts; `an administrator` must be one.
 */
export type Access = 'nobody in particular' | 'any user' | 'an administrator'

/** An endpoint as the table in endpoints.ts has it: one that does not say who may use it does not compile. */
export interface GuardedEndpoint extends Endpoint {
  readonly access: Access
}

/** The endpoints, for `access`. */
export function forAccess(access: Access, endpoints: readonly Endpoint[]): readonly GuardedEndpoint[] {
  return endpoints.map((endpoint) => ({ ...endpoint, access }))
}

/**
 * An endpoint that takes fields and answers JSON.
 *
 * @param shape the fields it takes; others are ignored
 * @param answer what it says, `undefined` for the empty object. Properties that are undefined are left out
 * @param write the JSON of what it says
 */
export function jsonEndpoint<S extends z.ZodRawShape>(
  method: Method,
  path: string,
  shape: S,
  answer: (fields: z.output<z.ZodObject<S>>, context: ServerContext, pathFields: PathFields) => Promise<unknown>,
  write: (value: unknown) => string = JSON.stringify,
): Endpoint {
  const schema = z.object(shape)
  const lists = new Set(Object.keys(shape).filter((name) => takesList(shape[name] as z.ZodType)))
  return {
    method,
    path,
    answer: async (request, pathFields, context) => {
      const fields = parseFields(schema, await readFields(request, lists, context.maxBodyBytes))
      return jsonReply((await answer(fields, context, pathFields)) ?? {}, 200, write)
    },
  }
}

function takesList(schema: z.ZodType): boolean {
  return schema.safeParse([]).success && !schema.safeParse(1).success
}
