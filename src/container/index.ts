export { CONTAINER_ROOT, contract } from './contract.ts'
export { type ServingHandler, type ServingRoutes } from '../serve/index.ts'
export { type BuildContext, type BuildContextOptions, writeBuildContext } from './image/build-context.ts'
export { type ResourceConfig } from './job-config.ts'
export {
  defineProcessing,
  type ProcessingContext,
  type ProcessingDefinition,
  type ProcessingProgram,
  runProcessing,
  type RunProcessingOptions,
} from './processing.ts'
export { type Stage, stages } from './program.ts'
export {
  defineServing,
  type ServingDefinition,
  type ServingProgram,
  startServing,
  type StartServingOptions,
} from './serving.ts'
export {
  type Channel,
  defineTraining,
  runTraining,
  type RunTrainingOptions,
  type TrainingContext,
  type TrainingDefinition,
  type TrainingProgram,
} from './training.ts'
