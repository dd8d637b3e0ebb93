export { type Asha, asha, type AshaOptions } from './asha.ts'
export { gridSearch, type Observation, randomSearch, type SampleRequest, type Sampler } from './sampler.ts'
export {
  type Budget,
  defineSearch,
  type Job,
  type JobResult,
  type ScoredTrial,
  type Search,
  type SearchOptions,
  type SearchState,
  type TrialState,
} from './search.ts'
export {
  choice,
  type ChoiceDomain,
  type ConditionalDomain,
  float,
  type FloatDomain,
  int,
  type IntDomain,
  type ParametersOf,
  type Point,
  type Space,
  when,
} from './space.ts'
export { tpe, type TpeOptions } from './tpe.ts'
export {
  finishSearch,
  type Objective,
  runTrial,
  startSearch,
  type StartSearchOptions,
  type Trial,
} from './track-search.ts'
