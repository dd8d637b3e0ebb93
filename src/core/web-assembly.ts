/** The part of the WebAssembly API that is used here; TypeScript declares it for browsers only. */

export interface WebAssemblyMemory {
  readonly buffer: SharedArrayBuffer
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => WebAssemblyMemory
}

const api = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly

/** A module of code in base64, as assembly/build.ts writes it. */
export function compileAssembly(code: string): object {
  return new api.Module(Buffer.from(code, 'base64'))
}

/** Memory that grows as it is allocated, up to 4 GiB, and that threads can share. */
export function assemblyMemory(): WebAssemblyMemory {
  return new api.Memory({ initial: 1, maximum: 65_536, shared: true })
}

/** What a module exports, working in `memory`. */
export function instantiateAssembly(module: object, memory: WebAssemblyMemory): unknown {
  return new api.Instance(module, { env: { memory } }).exports
}
