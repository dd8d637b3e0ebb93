/** Builds the web app into dist/web unless it is there: `npm start` needs no other step. A failure costs only its pages. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const page = fileURLToPath(new URL('../dist/web/index.html', import.meta.url))

if (!existsSync(page)) {
  process.stdout.write('Building the web app, once …\n')
  const { build } = await import('vite')
  const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url))
  await build({ configFile, logLevel: 'error' }).catch((error: unknown) => {
    process.stderr.write(
      `The web app is not built: ${String(error)}\nThe rest goes on without. Try: npm run build:web\n`,
    )
  })
}
