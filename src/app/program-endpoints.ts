/** The endpoints that start, resume and stop runs of the flow programs the server was given. */
import { z } from 'zod'
import type { Flows } from '../flow/index.ts'
import { type Endpoint, HttpError, jsonEndpoint, list, requiredText, text } from '../tracking/server/index.ts'
import { FLOWS_PATH, runFields } from './flow-fields.ts'
import type { FlowPrograms } from './flow-programs.ts'

/** @param programs undefined where nothing may be started */
export function programEndpoints(flows: Flows, programs: FlowPrograms | undefined): readonly Endpoint[] {
  return [
    jsonEndpoint('GET', `${FLOWS_PATH}/programs/list`, {}, async () => ({
      programs: (await programs?.names())?.map((file) => ({ file })) ?? [],
      is_enabled: programs !== undefined,
    })),
    jsonEndpoint('GET', `${FLOWS_PATH}/programs/get`, { file: requiredText }, async ({ file }) => ({
      file,
      ...(await required(programs).describe(file)),
    })),
    jsonEndpoint(
      'POST',
      `${FLOWS_PATH}/runs/start`,
      { file: requiredText, parameters: z.record(z.string(), z.unknown()).default({}), tags: list(z.string()) },
      async ({ file, parameters, tags }) => await required(programs).start(file, { parameters, tags }),
    ),
    jsonEndpoint(
      'POST',
      `${FLOWS_PATH}/runs/resume`,
      { ...runFields, step: text },
      async ({ flow, run_id: runId, step }) =>
        await required(programs).resume(await flows.run(`${flow}/${runId}`), { step }),
    ),
    jsonEndpoint('POST', `${FLOWS_PATH}/runs/stop`, runFields, async ({ flow, run_id: runId }) => {
      await required(programs).stop(`${flow}/${runId}`)
    }),
  ]
}

/** @throws HttpError 403 where nothing may be started */
function required(programs: FlowPrograms | undefined): FlowPrograms {
  if (programs !== undefined) return programs
  const how = 'Start the server with the folder of those that may be: millrace server --flows FOLDER'
  throw new HttpError(403, 'PERMISSION_DENIED', `This server starts no flows. ${how}`)
}
