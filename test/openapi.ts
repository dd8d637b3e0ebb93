/** The OpenAPI document of a server of models, checked against the specification and against what the server does. */
import { validate } from '@apidevtools/swagger-parser'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import type { ModelServer } from '../src/serve/index.ts'

const schema = z.record(z.string(), z.unknown())
const content = z.record(z.string(), z.object({ schema: schema.optional() }))
const posted = z.object({
  requestBody: z.object({ content }),
  responses: z.record(z.string(), z.object({ content })),
  'x-example': z.string().optional(),
})
const documents = z.object({ openapi: z.string(), paths: z.record(z.string(), z.object({ post: posted.optional() })) })

const ajv = new Ajv2020({ strict: false })

/** A path that takes POST, as the document describes it. */
interface Described {
  readonly path: string
  /** The content types of bodies. */
  readonly types: readonly string[]
  readonly example: string | undefined
  /** Whether the schemas take JSON as a body, and as the answer with a status. */
  readonly takes: (body: unknown) => boolean
  readonly gives: (status: number, answer: unknown) => boolean
}

function fits(schema: z.infer<typeof content>[string]['schema'], value: unknown): boolean {
  return schema !== undefined && ajv.compile(schema)(value)
}

/** The document with what it says of paths. @throws when it is no valid OpenAPI */
export async function describedBy(
  server: ModelServer,
): Promise<{ readonly openapi: string; readonly gets: readonly string[]; readonly posts: readonly Described[] }> {
  const response = await server.fetch(new Request('http://localhost/openapi.json'))
  const { openapi, paths } = documents.parse(await validate((await response.json()) as Parameters<typeof validate>[0]))
  const posts = Object.entries(paths).flatMap(([path, { post }]) => {
    if (post === undefined) return []
    const { requestBody, responses } = post
    return {
      path,
      types: Object.keys(requestBody.content),
      example: post['x-example'],
      takes: (body: unknown) => fits(requestBody.content['application/json']?.schema, body),
      gives: (status: number, answer: unknown) => fits(responses[status]?.content['application/json']?.schema, answer),
    }
  })
  return { openapi, gets: Object.keys(paths).filter((path) => paths[path]?.post === undefined), posts }
}
