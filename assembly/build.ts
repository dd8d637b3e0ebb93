/** Compiles the AssemblyScript of this folder and puts the bytes into the source: `npm run build:assembly`. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const entry = fileURLToPath(new URL('csv/index.ts', import.meta.url))

// Run, not imported: its types would change those of arrays everywhere.
const compiler = fileURLToPath(new URL('../bin/asc.js', import.meta.resolve('assemblyscript/asc')))

/** Where the source takes the compiled loops from. */
export const compiledModule: string = fileURLToPath(new URL('../src/data/csv/kernel-code.ts', import.meta.url))

/** Comes from the caller, so that several threads can work in it. */
const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536']

/** The text of that file, of the AssemblyScript as it is now. @throws Error with the compiler's messages */
export async function compiledSource(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-assembly-'))
  try {
    const output = join(folder, 'kernel.wasm')
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
    return moduleOf(await readFile(output))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function moduleOf(code: Buffer): string {
  const lines = code.toString('base64').match(/.{1,100}/g) ?? []
  const text = lines.map((line) => `  '${line}'`).join(' +\n')
  return (
    '/** The loops of assembly/csv, compiled to WebAssembly, in base64. Made by assembly/build.ts: do not edit. */\n' +
    `export const kernelCode: string =\n${text}\n`
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(compiledModule, await compiledSource())
