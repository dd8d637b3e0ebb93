/**
 * The pages and their addresses. They stand behind `#`, as MLflow's do: the links that its clients print lead here, and
 * no server or proxy has to know them.
 */
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { experimentsSearch, ExperimentsPage } from './experiments/experiments-page.tsx'
import { runSearch } from './run/run-search.ts'
import { runsSearch, RunsPage } from './runs/runs-page.tsx'
import { NotFound, PageFailure } from './shell/failure.tsx'
import { Layout } from './shell/layout.tsx'

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
  component: lazyRouteComponent(async () => await import('./run/run-page.tsx'), 'RunPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, experiments, runs, run]),
  history: createHashHistory(),
  defaultPreload: false,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
