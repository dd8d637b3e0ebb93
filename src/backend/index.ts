export {
  type Answer,
  answerColumns,
  type Backend,
  type Deployment,
  type LabelOptions,
  type LoadOptions,
} from './backend.ts'
export { fileBackend, type FileBackendOptions } from './file-backend.ts'
export { type BackendConfig, backendFromEnvironment, backendOfFile, captureBy, openBackend } from './open-backend.ts'
export { sqliteBackend, type SqliteBackendOptions } from './sqlite-backend.ts'
