/** Millrace as it is published: built into bench/.data, so that what users get is measured and not the source. */
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Builds the package; returns the path of a file in it. */
export function buildPublished(): (file: string) => string {
  const repository = fileURLToPath(new URL('..', import.meta.url))
  const folder = fileURLToPath(new URL('.data/published', import.meta.url))
  for (const part of ['bin', 'package.json']) {
    cpSync(`${repository}${part}`, `${folder}/${part}`, { recursive: true })
  }
  const bundler = [`${repository}node_modules/rolldown/bin/cli.mjs`, '-c', '--dir', `${folder}/dist`]
  execFileSync(process.execPath, bundler, { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] })
  return (file) => `${folder}/${file}`
}
