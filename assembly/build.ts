/** Compiles the AssemblyScript of this folder and puts the bytes into the source: `npm run build:assembly`. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMemoryStream, main as compile } from 'assemblyscript/asc'

const entry = fileURLToPath(new URL('csv/index.ts', import.meta.url))

/** Where the source takes the compiled loops from. */
export const compiledModule: string = fileURLToPath(new URL('../src/data/csv/kernel-code.ts', import.meta.url))

/** The text of that file, of the AssemblyScript as it is now. @throws Error with the compiler's messages */
export async function compiledSource(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-assembly-'))
  try {
    const output = join(folder, 'kernel.wasm')
    const options = ['-O3', '--noAssert', '--runtime', 'minimal', '--enable', 'simd', '--use', 'abort=']
    const stderr = createMemoryStream()
    const { error } = await compile([entry, ...options, '--outFile', output], { stderr })
    if (error !== null) throw new Error(`The AssemblyScript does not compile:\n${stderr.toString()}`)
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
