export { type AnswerForm } from './answers.ts'
export { type App, type AppRoutes, defineApp, loadApp } from './app.ts'
export { type AppAnswer, type AppModel } from './app-model.ts'
export { type Capture, type CapturedAnswer, type CapturedBatch } from './capture.ts'
export {
  handlerServer,
  type HandlerServerOptions,
  type Served,
  type ServingHandler,
  type ServingRoutes,
} from './handler-server.ts'
export { type Listening, listen, type ListenOptions } from './listen.ts'
export { type Log, type LogEntry } from './log.ts'
export { exampleRow, type ModelInfo, type ServedFacts } from './model-info.ts'
export { createModelServer, type ModelOptions, type ModelServer, type ModelServerOptions } from './model-server.ts'
export { type ModelOrigin } from './model-source.ts'
export { type Limits } from './server-context.ts'
