/** Which words each kind of search knows: its prefixes, its attributes, and what may be asked of them. */

/** What comparisons of runs and models may be about, besides attributes. */
export type RunEntity = 'metric' | 'param' | 'tag' | 'dataset'

/** What comparisons of traces may be about, besides attributes. */
export type TraceEntity = 'tag' | 'metadata' | 'span' | 'feedback' | 'expectation' | 'issue'

export interface Vocabulary<E extends string = RunEntity> {
  /** Entity by the word before the dot. A name without a dot is an attribute. */
  readonly prefixes: Readonly<Record<string, E | 'attribute'>>
  /** What kind of value each attribute has in a filter; an integer may stand in quotes, as MLflow allows. */
  readonly attributes: Readonly<Record<string, 'text' | 'number' | 'integer'>>
  /** Other spellings of attributes. */
  readonly synonyms: Readonly<Record<string, string>>
  /** Attributes that IN and NOT IN may be asked of. Other entities have `listed`. */
  readonly lists: readonly string[]
  /** Entities that IN and NOT IN may be asked of, whatever the key. Default: none. */
  readonly listed?: readonly E[]
  /** Entities whose values may be numbers as well as text: `<` and its like take a number, all others a text. */
  readonly mixed?: readonly E[]
  /** The keys that an entity may have, where not all. */
  readonly keys?: Readonly<Partial<Record<E, { readonly pattern: RegExp; readonly known: string }>>>
  /** What IS NULL and IS NOT NULL may be asked of. */
  readonly nullable: readonly E[]
  /** Attributes to order by. */
  readonly orders: readonly string[]
}

const attributePrefixes = { attribute: 'attribute', attributes: 'attribute', attr: 'attribute' } as const
const tagPrefixes = { tag: 'tag', tags: 'tag' } as const

export const runVocabulary: Vocabulary = {
  prefixes: {
    ...attributePrefixes,
    ...tagPrefixes,
    run: 'attribute',
    metric: 'metric',
    metrics: 'metric',
    param: 'param',
    params: 'param',
    parameter: 'param',
    parameters: 'param',
    dataset: 'dataset',
    datasets: 'dataset',
  },
  attributes: {
    run_id: 'text',
    run_name: 'text',
    status: 'text',
    artifact_uri: 'text',
    user_id: 'text',
    start_time: 'number',
    end_time: 'number',
  },
  keys: { dataset: { pattern: /^(name|digest|context)$/, known: 'name, digest, context' } },
  listed: ['dataset'],
  synonyms: {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
  },
  lists: ['run_id'],
  nullable: ['tag', 'param'],
  orders: ['run_id', 'run_name', 'status', 'artifact_uri', 'user_id', 'start_time', 'end_time'],
}

export const experimentVocabulary: Vocabulary = {
  prefixes: { ...attributePrefixes, ...tagPrefixes },
  attributes: { name: 'text', experiment_id: 'text', creation_time: 'integer', last_update_time: 'integer' },
  synonyms: {},
  lists: ['experiment_id'],
  nullable: ['tag'],
  orders: ['name', 'experiment_id', 'creation_time', 'last_update_time'],
}

export const registeredModelVocabulary: Vocabulary = {
  prefixes: { ...attributePrefixes, ...tagPrefixes },
  attributes: { name: 'text' },
  synonyms: { timestamp: 'last_updated_timestamp' },
  lists: ['name'],
  nullable: [],
  orders: ['name', 'creation_timestamp', 'last_updated_timestamp'],
}

export const modelVersionVocabulary: Vocabulary = {
  prefixes: { ...attributePrefixes, ...tagPrefixes },
  attributes: { name: 'text', version_number: 'integer', run_id: 'text', source_path: 'text' },
  synonyms: {},
  lists: ['name', 'run_id'],
  nullable: [],
  orders: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
}

export const loggedModelVocabulary: Vocabulary = {
  prefixes: {
    ...attributePrefixes,
    ...tagPrefixes,
    metric: 'metric',
    metrics: 'metric',
    param: 'param',
    params: 'param',
  },
  attributes: {
    name: 'text',
    model_id: 'text',
    model_type: 'text',
    status: 'text',
    source_run_id: 'text',
    experiment_id: 'text',
    artifact_location: 'text',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
  },
  synonyms: {
    creation_time: 'creation_timestamp',
    creation_timestamp_ms: 'creation_timestamp',
    last_updated_timestamp_ms: 'last_updated_timestamp',
  },
  lists: ['name', 'model_id', 'model_type', 'status', 'source_run_id', 'experiment_id', 'artifact_location'],
  nullable: [],
  orders: [
    'name',
    'model_id',
    'model_type',
    'status',
    'source_run_id',
    'experiment_id',
    'artifact_location',
    'creation_timestamp',
    'last_updated_timestamp',
  ],
}

export const traceVocabulary: Vocabulary<TraceEntity> = {
  prefixes: {
    ...attributePrefixes,
    ...tagPrefixes,
    trace: 'attribute',
    metadata: 'metadata',
    request_metadata: 'metadata',
    span: 'span',
    feedback: 'feedback',
    expectation: 'expectation',
    issue: 'issue',
  },
  attributes: {
    request_id: 'text',
    timestamp_ms: 'integer',
    execution_time_ms: 'integer',
    end_time_ms: 'integer',
    status: 'text',
    client_request_id: 'text',
    name: 'text',
    run_id: 'text',
    prompt: 'text',
    text: 'text',
  },
  synonyms: {
    trace_id: 'request_id',
    timestamp: 'timestamp_ms',
    execution_time: 'execution_time_ms',
    end_time: 'end_time_ms',
  },
  lists: ['name', 'status', 'request_id', 'run_id', 'client_request_id'],
  listed: ['span'],
  mixed: ['feedback', 'expectation'],
  keys: {
    span: {
      pattern: /^(name|type|status|content|attributes\..+)$/s,
      known: 'name, type, status, content, attributes.<attribute_name>',
    },
    issue: { pattern: /^id$/, known: 'id' },
  },
  nullable: ['tag', 'metadata', 'feedback', 'expectation'],
  orders: [
    'experiment_id',
    'timestamp_ms',
    'execution_time_ms',
    'end_time_ms',
    'status',
    'request_id',
    'name',
    'run_id',
  ],
}
