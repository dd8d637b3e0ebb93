export { type Deployment, type DeployOptions, deployServerless } from './deploy.ts'
export { type PipelineDefinition, pipelineDefinition, type PipelineParameter, type PipelineStep } from './pipeline.ts'
export { checkPipelineParameters, type PipelineParameters, putPipeline, startPipeline } from './put-pipeline.ts'
export { readSageMakerSettings, type SageMakerSettings } from './settings.ts'
