export { type ArtifactReference, type References } from './artifact-store.ts'
export { type Chain, flow, type Flow, type Given, type LoopOptions, type Split, type SplitOptions } from './builder.ts'
export { type Card } from './card.ts'
export { checkFlow, findProblems } from './checks.ts'
export { type FlowArtifact, type FlowStep, type FlowTask, type TaskStatus } from './client-task.ts'
export { type FlowHistory, type FlowRun, type Flows, openFlows } from './client.ts'
export { type Codec, registerCodec } from './codec.ts'
export { type FlowDefinition, type FlowOptions, type StepCode } from './definition.ts'
export {
  type BranchesNode,
  type FlowNode,
  type ForeachNode,
  type JoinNode,
  type LoopNode,
  type Sequence,
  type StepNode,
  type SwitchNode,
  type TaskNode,
  taskNodes,
} from './graph.ts'
export { loadFlow } from './load-flow.ts'
export { type LogPart, type LogRange } from './log-part.ts'
export { type Merged, mergeArtifacts } from './merge-artifacts.ts'
export { parameterSchema } from './parameter-schema.ts'
export {
  describeParameters,
  type ParameterDescription,
  type ParameterSources,
  parameterVariable,
} from './parameters.ts'
export { renderRunCard, renderStoredTaskCard } from './run-card.ts'
export { type FinishedRun, resumeFlow, type ResumeFlowOptions, runFlow, type RunFlowOptions } from './run-flow.ts'
export { runStep, type RunStepOptions } from './run-step.ts'
export { type RunEvent, type TaskCounts, TaskFailed } from './run-events.ts'
export { type AttemptRecord } from './records.ts'
export { DEFAULT_ROOT, type RunStatus } from './run-store.ts'
export { type GraphEdge, graphEdges, graphMermaid, graphText } from './show.ts'
export { type Duration, type Resources, type Retry, type StepOptions, type TaskError } from './step-options.ts'
export { type Frame, type Task } from './task.ts'
