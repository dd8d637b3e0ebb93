/**
 * The pages and their addresses. They stand behind `#`, as MLflow's do: the links that its clients print lead here, and
 * no server or proxy has to know them.
 */
import { createHashHistory, createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { compareSearch } from './compare-runs/compare-search.ts'
import { experimentsSearch, ExperimentsPage } from './experiments/experiments-page.tsx'
import { modelSearch } from './model/model-search.ts'
import { versionsSearch } from './model-compare/versions-search.ts'
import { modelsSearch } from './models/models-search.ts'
import { flowRunSearch, flowsSearch } from './flows/flows-search.ts'
import { monitoringSearch } from './monitoring/monitoring-search.ts'
import { playgroundSearch } from './playground/playground-search.ts'
import { runSearch } from './run/run-search.ts'
import { runsSearch, RunsPage } from './runs/runs-page.tsx'
import { NotFound, PageFailure } from './shell/failure.tsx'
import { Layout } from './shell/layout.tsx'
import { lazyPage } from './shell/lazy-part.tsx'

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound, errorComponent: PageFailure })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/experiments' })
  },
})

const experiments = createRoute({
  getParentRoute: () => root,
  path: '/experiments',
  validateSearch: experimentsSearch,
  component: ExperimentsPage,
})

const runs = createRoute({
  getParentRoute: () => root,
  path: '/experiments/$experimentId',
  validateSearch: runsSearch,
  component: RunsPage,
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/experiments/$experimentId/runs/$runId',
  validateSearch: runSearch,
  component: lazyPage(async () => (await import('./run/run-page.tsx')).RunPage),
})

const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  validateSearch: modelsSearch,
  component: lazyPage(async () => (await import('./models/models-page.tsx')).ModelsPage),
})

const model = createRoute({
  getParentRoute: () => root,
  path: '/models/$name',
  validateSearch: modelSearch,
  component: lazyPage(async () => (await import('./model/model-page.tsx')).ModelPage),
})

const modelVersion = createRoute({
  getParentRoute: () => root,
  path: '/models/$name/versions/$version',
  component: lazyPage(async () => (await import('./model-version/version-page.tsx')).VersionPage),
})

const modelCompare = createRoute({
  getParentRoute: () => root,
  path: '/models/$name/compare',
  validateSearch: versionsSearch,
  component: lazyPage(async () => (await import('./model-compare/model-compare-page.tsx')).ModelComparePage),
})

const compareRuns = createRoute({
  getParentRoute: () => root,
  path: '/compare-runs',
  validateSearch: compareSearch,
  component: lazyPage(async () => (await import('./compare-runs/compare-page.tsx')).ComparePage),
})

const flows = createRoute({
  getParentRoute: () => root,
  path: '/flows',
  validateSearch: flowsSearch,
  component: lazyPage(async () => (await import('./flows/flows-page.tsx')).FlowsPage),
})

const flowRun = createRoute({
  getParentRoute: () => root,
  path: '/flows/$flow/$run',
  validateSearch: flowRunSearch,
  component: lazyPage(async () => (await import('./flow-run/flow-run-page.tsx')).FlowRunPage),
})

const serving = createRoute({
  getParentRoute: () => root,
  path: '/serving',
  component: lazyPage(async () => (await import('./serving/serving-page.tsx')).ServingPage),
})

const playground = createRoute({
  getParentRoute: () => root,
  path: '/serving/$server',
  validateSearch: playgroundSearch,
  component: lazyPage(async () => (await import('./playground/playground-page.tsx')).PlaygroundPage),
})

const monitoring = createRoute({
  getParentRoute: () => root,
  path: '/monitoring',
  validateSearch: monitoringSearch,
  component: lazyPage(async () => (await import('./monitoring/monitoring-page.tsx')).MonitoringPage),
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    experiments,
    runs,
    run,
    models,
    model,
    modelVersion,
    modelCompare,
    compareRuns,
    flows,
    flowRun,
    serving,
    playground,
    monitoring,
  ]),
  history: createHashHistory(),
  defaultPreload: false,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
