import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['{src,test,systems}/**/*.test.ts', 'web/src/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    globalSetup: ['test/postgres-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    // The first that wants PostgreSQL, a model or the web app makes it, and may have to wait for the processors.
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: [process.env['CI'] ? 'dot' : 'default', './test/summary-reporter.ts'],
    typecheck: { enabled: false },
  },
})
