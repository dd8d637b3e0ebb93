/** The endpoints about the server itself. */
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { textReply } from './http.ts'

/** The release of MLflow whose answers these are. Clients compare it with their own. */
const MLFLOW_VERSION = '3.17.2'

export const serverInfoEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/health', answer: async () => await Promise.resolve(textReply('OK')) },
  { method: 'GET', path: '/version', answer: async () => await Promise.resolve(textReply(MLFLOW_VERSION)) },
  jsonEndpoint('GET', '/api/3.0/mlflow/server-info', {}, async () => await Promise.resolve(serverInfo)),
]

const serverInfo = {
  store_type: 'SqlStore',
  workspaces_enabled: false,
  trace_archival_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
  presigned_upload_run_id_supported: false,
  presigned_upload_model_id_supported: false,
  features_enabled: { gateway: false },
}
