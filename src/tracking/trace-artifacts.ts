/** Traces whose spans are among their artifacts, as clients of MLflow 3.1 and older leave them. */
import { hasCode } from '../core/index.ts'
import { type ObjectStorage } from '../storage/index.ts'
import { parseTracesFile } from './span-content.ts'
import { type Trace, traceKeys } from './trace-entities.ts'
import { type TraceStore } from './tracking-store.ts'

/** The trace with its spans, from the store or from `traces.json`. @throws as TraceStore.getTrace */
export async function getTraceAnywhere(
  store: Pick<TraceStore, 'getTrace' | 'getTraceInfo'>,
  open: (uri: string) => ObjectStorage,
  traceId: string,
): Promise<Trace> {
  try {
    return await store.getTrace(traceId)
  } catch (error) {
    if (!hasCode(error, 'INVALID_STATE')) throw error
    const info = await store.getTraceInfo(traceId)
    const place = info.tags[traceKeys.artifactLocation]
    const storage = place === undefined ? undefined : open(place)
    if (storage === undefined || !(await storage.exists('traces.json'))) throw error
    const json = Buffer.from(await storage.read('traces.json')).toString('utf8')
    return { info, spans: parseTracesFile(json, `traces.json of trace ${traceId}`) }
  }
}
