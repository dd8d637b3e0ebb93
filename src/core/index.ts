export { type Clock, systemClock } from './clock.ts'
export { readConfiguration } from './configuration.ts'
export {
  asError,
  DataError,
  type DataLocation,
  type ErrorCode,
  errorCodes,
  hasCode,
  MillraceError,
  ShapeError,
  systemErrorCode,
} from './errors.ts'
export { fetchFailure } from './fetch-failure.ts'
export {
  appendLines,
  inTemporaryFolder,
  isUnfinished,
  makeFolders,
  replaceAtomic,
  writeFileAtomic,
  writeSmallFile,
} from './files.ts'
export { greatestCommonDivisor } from './greatest-common-divisor.ts'
export { isPort, type OpenPort, openPort, type PortOptions } from './http-port.ts'
export { limiter, mapLimited } from './limiter.ts'
export {
  observableTraining,
  observeTraining,
  type ObservedDataset,
  type ObservedModel,
  setScopeOfUnobserved,
  type TrainingLog,
  type TrainingObserver,
  trainingObserver,
  type TrainingScope,
} from './observation.ts'
export { nodeOptions, packageModule } from './package-module.ts'
export { jsonOf, parseJson, parseWith } from './parse.ts'
export { Random } from './random.ts'
export { readAdvice } from './read-advice.ts'
export { suggest } from './suggestion.ts'
export { observeOpenedRuns, type OpenedRun, runOpened } from './run-observation.ts'
export { shownText, shownUri, shownValue } from './shown-uri.ts'
export {
  assemblyMemory,
  compileAssembly,
  instantiateAssembly,
  WebAssembly,
  type WebAssemblyMemory,
} from './web-assembly.ts'
