/** Traces and what belongs to them, as plain data. Names and meanings are MLflow's; times are milliseconds since 1970. */
import { type TextMap } from './entities.ts'

export type TraceState = 'STATE_UNSPECIFIED' | 'OK' | 'ERROR' | 'IN_PROGRESS'

/** A trace without its spans: one request to an agent or a model, from question to answer. */
export interface TraceInfo {
  /** `tr-` and 32 hexadecimal digits, those of the trace in OpenTelemetry. */
  readonly traceId: string
  readonly experimentId: string
  readonly requestTime: number
  /** In milliseconds; absent while the trace is under way. */
  readonly executionDuration?: number
  readonly state: TraceState
  /** An id that the caller's own system has for the request. */
  readonly clientRequestId?: string
  /** The beginnings of what went in and came out, at most 1000 characters. */
  readonly requestPreview?: string
  readonly responsePreview?: string
  /** What cannot change, such as `mlflow.sourceRun`. */
  readonly metadata: TextMap
  /** What can change, such as `mlflow.traceName`. */
  readonly tags: TextMap
  readonly assessments: readonly Assessment[]
}

export interface Trace {
  readonly info: TraceInfo
  /** Roots first, then by their start. */
  readonly spans: readonly Span[]
}

export type SpanStatusCode = 'UNSET' | 'OK' | 'ERROR'

/** A JSON value under a key. */
export type JsonMap = Readonly<Record<string, unknown>>

/** A unit of work within a trace: a call of a model, a tool, a retriever. */
export interface Span {
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  /** In nanoseconds since 1970. */
  readonly startTimeNs: bigint
  readonly endTimeNs?: bigint
  readonly status: { readonly code: SpanStatusCode; readonly message: string }
  /** Values that JSON can hold; inputs, outputs and type are under `mlflow.spanInputs`, `mlflow.spanOutputs`, `mlflow.spanType`. */
  readonly attributes: JsonMap
  readonly events: readonly SpanEvent[]
  /** Spans of other traces that have to do with this one. */
  readonly links: readonly SpanLink[]
}

export interface SpanEvent {
  readonly name: string
  readonly timeNs: bigint
  readonly attributes: JsonMap
}

export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly attributes?: JsonMap
}

/** A span on its way to the store, with what is known of the process that made it (OpenTelemetry's resource). */
export interface SpanToLog extends Span {
  readonly resource?: JsonMap | undefined
}

export type AssessmentSourceType = 'HUMAN' | 'LLM_JUDGE' | 'CODE' | 'SOURCE_TYPE_UNSPECIFIED'

export interface AssessmentError {
  readonly code: string
  readonly message?: string
  readonly stackTrace?: string
}

/** What somebody thinks of an answer: feedback on it, or what it should have been. An issue refers to one by its id, the name. */
export interface Assessment {
  /** `a-` and 32 hexadecimal digits. */
  readonly assessmentId: string
  readonly traceId: string
  readonly name: string
  readonly kind: 'feedback' | 'expectation' | 'issue'
  /** Any JSON value. */
  readonly value: unknown
  /** Why there is no feedback. */
  readonly error?: AssessmentError
  readonly source: { readonly type: AssessmentSourceType; readonly id?: string }
  readonly createTime: number
  readonly lastUpdateTime: number
  /** The run of an evaluation that gave it. */
  readonly runId?: string
  /** The span it is about, if not the whole trace. */
  readonly spanId?: string
  readonly rationale?: string
  readonly metadata?: TextMap
  /** The assessment that this one replaces. */
  readonly overrides?: string
  /** Whether no other replaces it. */
  readonly valid: boolean
}

/** MLflow's keys of tags, metadata and attributes that the store itself reads or writes. */
export const traceKeys = {
  name: 'mlflow.traceName',
  artifactLocation: 'mlflow.artifactLocation',
  spansLocation: 'mlflow.trace.spansLocation',
  linkedPrompts: 'mlflow.linkedPrompts',
  sourceRun: 'mlflow.sourceRun',
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  finalized: 'mlflow.trace.infoFinalized',
  schemaVersion: 'mlflow.trace_schema.version',
  sizeStats: 'mlflow.trace.sizeStats',
} as const

export const spanKeys = {
  traceId: 'mlflow.traceRequestId',
  type: 'mlflow.spanType',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  tokenUsage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  tagPrefix: 'mlflow.traceTag.',
} as const

/** The tag of traces whose spans the store itself keeps; those of others are in `traces.json` among their artifacts. */
export const spansInStore = 'TRACKING_STORE'
