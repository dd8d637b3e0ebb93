/**
 * What is published: each room, the command and what runs in a process or thread of its own as one module, with what they
 * share in a few common ones. Small modules are found, read and compiled one by one, each time the command starts.
 */
import { defineConfig } from 'rolldown'
import packageJson from './package.json' with { type: 'json' }

const rooms = Object.keys(packageJson.exports).filter((entry) => entry !== './package.json')
const programs = [
  'cli/main',
  'app/flow-process',
  'flow/worker',
  'flow/worker-process',
  'data/csv/read-ahead-worker',
  'images/batches/prepare-in-thread',
]
const modules = [...programs, ...rooms.map((room) => `${room.slice(2)}/index`)]
const packages = Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies })

export default defineConfig({
  input: Object.fromEntries(modules.map((name) => [name, `src/${name}.ts`])),
  external: packages.map((name) => new RegExp(`^${name}(/|$)`)),
  platform: 'node',
  // Names of classes are shown in messages and looked up in codecs.
  output: { dir: 'dist', chunkFileNames: 'shared/[name].js', keepNames: true, cleanDir: true },
})
