/**
 * What is published: each room, the command and the process of tasks as a module, with what they share in a few common
 * ones. Fifty small modules less to find, read and compile are most of the time the command takes to start.
 */
import { defineConfig } from 'rolldown'
import packageJson from './package.json' with { type: 'json' }

const rooms = Object.keys(packageJson.exports).filter((entry) => entry !== './package.json')
const modules = ['cli/main', 'flow/worker', 'flow/worker-process', ...rooms.map((room) => `${room.slice(2)}/index`)]
const packages = Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies })

export default defineConfig({
  input: Object.fromEntries(modules.map((name) => [name, `src/${name}.ts`])),
  external: packages.map((name) => new RegExp(`^${name}(/|$)`)),
  platform: 'node',
  // Names of classes are shown in messages and looked up in codecs.
  output: { dir: 'dist', chunkFileNames: 'shared/[name].js', keepNames: true, cleanDir: true },
})
