/**
 * Entities as MLflow's JSON has them: what is not set, and lists without an entry, are left out (`undefined`), texts and
 * numbers that are set are there even if '' or 0.
 */
import type {
  DatasetInput,
  Experiment,
  LoggedModel,
  Metric,
  ModelVersion,
  RegisteredModel,
  Run,
  RunInfo,
  TextMap,
} from '../entities.ts'
import type { ArtifactUris } from './artifact-uris.ts'

type Json = Readonly<Record<string, unknown>>

export function experimentJson(experiment: Experiment, uris: ArtifactUris): Json {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: uris.shown(experiment.artifactLocation),
    lifecycle_stage: experiment.lifecycleStage,
    last_update_time: experiment.lastUpdateTime,
    creation_time: experiment.creationTime,
    tags: pairsJson(experiment.tags),
  }
}

export function runJson({ info, data, inputs, outputs }: Run, uris: ArtifactUris): Json {
  return {
    info: runInfoJson(info, uris),
    data: {
      metrics: listJson(data.latestMetrics, metricJson),
      params: pairsJson(data.params),
      tags: pairsJson(data.tags),
    },
    inputs: {
      dataset_inputs: listJson(inputs.datasets, datasetInputJson),
      model_inputs: listJson(inputs.modelIds, (modelId) => ({ model_id: modelId })),
    },
    outputs: { model_outputs: listJson(outputs.models, ({ modelId, step }) => ({ model_id: modelId, step })) },
  }
}

export function runInfoJson(info: RunInfo, uris: ArtifactUris): Json {
  return {
    run_uuid: info.runId,
    experiment_id: info.experimentId,
    run_name: info.runName,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTime,
    end_time: info.endTime,
    artifact_uri: uris.shown(info.artifactUri),
    lifecycle_stage: info.lifecycleStage,
    run_id: info.runId,
  }
}

/** JSON has no NaN; MLflow writes it as text. */
export function metricJson({ key, value, timestamp, step }: Metric): Json {
  return { key, value: Number.isNaN(value) ? 'NaN' : value, timestamp, step }
}

export function registeredModelJson(model: RegisteredModel, uris: ArtifactUris): Json {
  return {
    name: model.name,
    creation_timestamp: model.creationTime,
    last_updated_timestamp: model.lastUpdatedTime,
    description: model.description === '' ? undefined : model.description,
    latest_versions: listJson(model.latestVersions, (version) => modelVersionJson(version, uris)),
    tags: pairsJson(model.tags),
    aliases: listJson(Object.entries(model.aliases), ([alias, version]) => ({ alias, version: String(version) })),
  }
}

export function modelVersionJson(version: ModelVersion, uris: ArtifactUris): Json {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.creationTime,
    last_updated_timestamp: version.lastUpdatedTime,
    user_id: version.userId === '' ? undefined : version.userId,
    current_stage: version.currentStage,
    description: version.description,
    source: uris.shown(version.source),
    run_id: version.runId,
    status: version.status,
    status_message: version.statusMessage === '' ? undefined : version.statusMessage,
    tags: pairsJson(version.tags),
    run_link: version.runLink,
    aliases: listJson(version.aliases, (alias) => alias),
  }
}

export function loggedModelJson(model: LoggedModel, uris: ArtifactUris): Json {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.creationTime,
      last_updated_timestamp_ms: model.lastUpdatedTime,
      artifact_uri: uris.shown(model.artifactLocation),
      status: `LOGGED_MODEL_${model.status}`,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      status_message: model.statusMessage === '' ? undefined : model.statusMessage,
      tags: pairsJson(model.tags),
    },
    data: {
      params: pairsJson(model.params),
      metrics: listJson(model.metrics, (metric) => ({
        ...metricJson(metric),
        dataset_name: metric.datasetName,
        dataset_digest: metric.datasetDigest,
        model_id: model.modelId,
        run_id: metric.runId,
      })),
    },
  }
}

/** The items as `write` has them, or nothing where there are none. */
export function listJson<T>(items: readonly T[], write: (item: T) => unknown): readonly unknown[] | undefined {
  return items.length === 0 ? undefined : items.map(write)
}

function datasetInputJson({ dataset, tags }: DatasetInput): Json {
  return {
    tags: pairsJson(tags),
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    },
  }
}

export function pairsJson(values: TextMap): readonly unknown[] | undefined {
  return listJson(Object.entries(values), ([key, value]) => ({ key, value }))
}
