/** The columns this room reads and writes, of MLflow's tables and our own. Newer files have more columns, all with defaults. */
import { type ColumnType, type Generated } from 'kysely'
import { type OwnTableName, type OwnTables } from './own-tables.ts'

type Text = string
type Time = number | null

interface TaggedTable {
  key: Text
  value: Text | null
}

/** What MLflow keeps in columns since revision 75868b020152, and in trace_tags and trace_request_metadata before. */
interface PromotedColumns {
  trace_name: Later<Text>
  session_id: Later<Text>
  input_tokens: Later<number>
  output_tokens: Later<number>
  total_tokens: Later<number>
  cache_read_input_tokens: Later<number>
  cache_creation_input_tokens: Later<number>
  cache_creation_input_tokens_above_1hr: Later<number>
  input_cost: Later<number>
  output_cost: Later<number>
  total_cost: Later<number>
}

/** A column that older files do not have: to be named only where it is there. */
type Later<T> = ColumnType<T | null, T | null | undefined>

export interface Tables extends OwnTables {
  experiments: {
    experiment_id: Generated<number>
    name: Text
    artifact_location: Text | null
    lifecycle_stage: Text | null
    creation_time: Time
    last_update_time: Time
  }
  experiment_tags: TaggedTable & { experiment_id: number }
  runs: {
    run_uuid: Text
    name: Text | null
    source_type: Text | null
    source_name: Text | null
    entry_point_name: Text | null
    user_id: Text | null
    status: Text | null
    start_time: Time
    end_time: Time
    deleted_time: Time
    source_version: Text | null
    lifecycle_stage: Text | null
    artifact_uri: Text | null
    experiment_id: number | null
  }
  tags: TaggedTable & { run_uuid: Text }
  params: { key: Text; value: Text; run_uuid: Text }
  metrics: { key: Text; value: number; timestamp: number; run_uuid: Text; step: number; is_nan: number }
  latest_metrics: { key: Text; value: number; timestamp: number | null; step: number; is_nan: number; run_uuid: Text }
  datasets: {
    dataset_uuid: Text
    experiment_id: number
    name: Text
    digest: Text
    dataset_source_type: Text
    dataset_source: Text
    dataset_schema: Text | null
    dataset_profile: Text | null
  }
  inputs: {
    input_uuid: Text
    source_type: Text
    source_id: Text
    destination_type: Text
    destination_id: Text
    step: Generated<number>
  }
  input_tags: { input_uuid: Text; name: Text; value: Text }
  registered_models: { name: Text; creation_time: Time; last_updated_time: Time; description: Text | null }
  registered_model_tags: TaggedTable & { name: Text }
  registered_model_aliases: { alias: Text; version: number; name: Text }
  model_versions: {
    name: Text
    version: number
    creation_time: Time
    last_updated_time: Time
    description: Text | null
    user_id: Text | null
    current_stage: Text | null
    source: Text | null
    run_id: Text | null
    status: Text | null
    status_message: Text | null
    run_link: Text | null
    storage_location: Text | null
  }
  model_version_tags: TaggedTable & { name: Text; version: number }
  logged_models: {
    model_id: Text
    experiment_id: number
    name: Text
    artifact_location: Text
    creation_timestamp_ms: number
    last_updated_timestamp_ms: number
    status: number
    lifecycle_stage: Text | null
    model_type: Text | null
    source_run_id: Text | null
    status_message: Text | null
  }
  logged_model_params: { model_id: Text; experiment_id: number; param_key: Text; param_value: Text }
  logged_model_tags: { model_id: Text; experiment_id: number; tag_key: Text; tag_value: Text }
  logged_model_metrics: {
    model_id: Text
    metric_name: Text
    metric_timestamp_ms: number
    metric_step: number
    metric_value: number | null
    experiment_id: number
    run_id: Text
    dataset_name: Text | null
    dataset_digest: Text | null
  }
  trace_info: {
    request_id: Text
    experiment_id: number
    timestamp_ms: number
    execution_time_ms: Time
    status: Text
    client_request_id: Text | null
    request_preview: Text | null
    response_preview: Text | null
  } & PromotedColumns
  trace_tags: TaggedTable & { request_id: Text }
  trace_request_metadata: TaggedTable & { request_id: Text }
}

/** The columns a file must have for this room to work with it. */
export const requiredColumns: Readonly<Record<Exclude<keyof Tables, OwnTableName>, readonly string[]>> = {
  experiments: ['experiment_id', 'name', 'artifact_location', 'lifecycle_stage', 'creation_time', 'last_update_time'],
  experiment_tags: ['key', 'value', 'experiment_id'],
  runs: ['run_uuid', 'name', 'source_type', 'user_id', 'status', 'start_time', 'end_time', 'deleted_time'].concat([
    'source_name',
    'entry_point_name',
    'source_version',
    'lifecycle_stage',
    'artifact_uri',
    'experiment_id',
  ]),
  tags: ['key', 'value', 'run_uuid'],
  params: ['key', 'value', 'run_uuid'],
  metrics: ['key', 'value', 'timestamp', 'run_uuid', 'step', 'is_nan'],
  latest_metrics: ['key', 'value', 'timestamp', 'run_uuid', 'step', 'is_nan'],
  datasets: ['dataset_uuid', 'experiment_id', 'name', 'digest', 'dataset_source_type', 'dataset_source'].concat([
    'dataset_schema',
    'dataset_profile',
  ]),
  inputs: ['input_uuid', 'source_type', 'source_id', 'destination_type', 'destination_id', 'step'],
  input_tags: ['input_uuid', 'name', 'value'],
  registered_models: ['name', 'creation_time', 'last_updated_time', 'description'],
  registered_model_tags: ['key', 'value', 'name'],
  registered_model_aliases: ['alias', 'version', 'name'],
  model_versions: [
    'name',
    'version',
    'creation_time',
    'last_updated_time',
    'description',
    'user_id',
    'current_stage',
  ].concat(['source', 'run_id', 'status', 'status_message', 'run_link', 'storage_location']),
  model_version_tags: ['key', 'value', 'name', 'version'],
  logged_models: ['model_id', 'experiment_id', 'name', 'artifact_location', 'creation_timestamp_ms'].concat([
    'last_updated_timestamp_ms',
    'status',
    'lifecycle_stage',
    'model_type',
    'source_run_id',
    'status_message',
  ]),
  logged_model_params: ['model_id', 'experiment_id', 'param_key', 'param_value'],
  logged_model_tags: ['model_id', 'experiment_id', 'tag_key', 'tag_value'],
  logged_model_metrics: ['model_id', 'metric_name', 'metric_timestamp_ms', 'metric_step', 'metric_value'].concat([
    'experiment_id',
    'run_id',
    'dataset_name',
    'dataset_digest',
  ]),
  trace_info: [
    'request_id',
    'experiment_id',
    'timestamp_ms',
    'execution_time_ms',
    'status',
    'client_request_id',
  ].concat(['request_preview', 'response_preview']),
  trace_tags: ['key', 'value', 'request_id'],
  trace_request_metadata: ['key', 'value', 'request_id'],
}
