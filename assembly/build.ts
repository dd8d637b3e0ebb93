/** Compiles the AssemblyScript of these folders and puts the bytes into the source: `npm run build:assembly`. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

// Run, not imported: its types would change those of arrays everywhere.
const compiler = fileURLToPath(new URL('../bin/asc.js', import.meta.resolve('assemblyscript/asc')))

/** A folder of AssemblyScript, and the file from which the source takes what it is compiled to. */
export interface AssemblyModule {
  readonly folder: string
  readonly compiled: string
}

export const assemblyModules: readonly AssemblyModule[] = [
  { folder: 'csv', compiled: fileURLToPath(new URL('../src/data/csv/kernel-code.ts', import.meta.url)) },
  { folder: 'trees', compiled: fileURLToPath(new URL('../src/trees/kernel-code.ts', import.meta.url)) },
]

/** Comes from the caller, so that several threads can work in it. */
const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536']

/** The text of the compiled file, of the AssemblyScript as it is now. @throws Error with the compiler's messages */
export async function compiledSource({ folder }: AssemblyModule): Promise<string> {
  const entry = fileURLToPath(new URL(`${folder}/index.ts`, import.meta.url))
  const temporary = await mkdtemp(join(tmpdir(), 'millrace-assembly-'))
  try {
    const output = join(temporary, 'kernel.wasm')
    const options = [
      '-O3',
      '--noAssert',
      '--runtime',
      'minimal',
      '--enable',
      'simd',
      '--enable',
      'threads',
      '--use',
      'abort=',
      ...memory,
    ]
    await promisify(execFile)(process.execPath, [compiler, entry, ...options, '--outFile', output])
    return moduleOf(folder, await readFile(output))
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function moduleOf(folder: string, code: Buffer): string {
  const lines = code.toString('base64').match(/.{1,100}/g) ?? []
  const text = lines.map((line) => `  '${line}'`).join(' +\n')
  return (
    `/** The loops of assembly/${folder}, compiled to WebAssembly, in base64. Made by assembly/build.ts: do not edit. */\n` +
    `export const kernelCode: string =\n${text}\n`
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of assemblyModules) await writeFile(module.compiled, await compiledSource(module))
}
