export { flowEndpoints, type FlowEndpointsOptions } from './flow-endpoints.ts'
export { FlowPrograms, type StartedRun } from './flow-programs.ts'
export { type WebPages, webPages } from './web-pages.ts'
