/** Searches in spans as MLflow has written them, which is not the JSON of every database. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SqlPlace, sqlPlaces } from '../../../test/sql-places.ts'
import { openTracking, type TrackingClient } from '../index.ts'
import { openDatabase } from './open-database.ts'

/** What MLflow 3.17.2 keeps of a span with an event, but for ids, times and attributes of its own. */
const written = String.raw`{"trace_id": "FJS1+momwIaMMY+5UuHD9Q==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "ask", "start_time_unix_nano": 1, "end_time_unix_nano": 2, "events": [{"name": "seen", "time_unix_nano": 1, "attributes": {"loss": NaN, "top": -Infinity, "why": "NaN \"x\\", "zero": "a\u0000b", "zeros": "\\\u0000\u0000\\u0000"}}], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.spanType": "\"UNKNOWN\"", "mlflow.spanInputs": "{\"q\": NaN, \"t\": \"a: NaN, \\\"b\\\\\"}", "score": "Infinity", "word": "\"NaN\"", "zero": "\"a\\u0000b\""}, "links": []}`

describe.each(sqlPlaces)('spans of MLflow in $kind (skipped where missing: $missing)', ({ missing, prepare }) => {
  describe.skipIf(missing !== undefined)('with NaN, infinities and null characters', () => {
    let place: SqlPlace
    let client: TrackingClient

    beforeEach(async () => {
      place = await prepare()
      client = await openTracking({ trackingUri: place.trackingUri })
      const { traceId } = await client.startTrace({
        traceId: `tr-${'1'.repeat(32)}`,
        experimentId: '0',
        requestTime: 1,
      })
      const status = { code: 'OK', message: '' } as const
      const times = { startTimeNs: 1n, endTimeNs: 2n }
      const span = { traceId, spanId: '0000000000000001', name: 'ask', ...times, status, attributes: {} }
      await client.logSpans('0', [{ ...span, events: [], links: [] }])
      const { db, close } = await openDatabase(place.trackingUri)
      await db.updateTable('millrace_spans').set({ content: written }).execute()
      await close()
    })

    afterEach(async () => {
      await client[Symbol.asyncDispose]()
      await place.remove()
    })

    it.each([
      ['span.attributes.score = "Infinity"', 1],
      ['span.attributes.word = "NaN"', 1],
      ['span.attributes.word = "null"', 0],
      [String.raw`span.attributes.mlflow.spanInputs LIKE '{"q": NaN, "t": "a: NaN, \"b\\"}'`, 1],
      [String.raw`span.attributes.zero = 'a\u0000b'`, 1],
      ['span.attributes.none = "x"', 0],
    ])('are searched: %s', async (filter, count) => {
      expect((await client.searchTraces({ experimentIds: ['0'], filter })).items).toHaveLength(count)
    })
  })
})
