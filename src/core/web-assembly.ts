/** The part of the WebAssembly API that is used here; TypeScript declares it for browsers only. */

export interface WebAssemblyMemory<B extends ArrayBufferLike = SharedArrayBuffer> {
  readonly buffer: B
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  /** Sizes are in pages of 64 KiB. */
  readonly Memory: {
    new (limits: { readonly initial: number }): WebAssemblyMemory<ArrayBuffer>
    new (limits: { readonly initial: number; readonly maximum: number; readonly shared: true }): WebAssemblyMemory
  }
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }

/** A module of code in base64, as assembly/build.ts writes it. */
export function compileAssembly(code: string): object {
  return new WebAssembly.Module(Buffer.from(code, 'base64'))
}

/** Memory that grows as it is allocated, up to 4 GiB, and that threads can share. */
export function assemblyMemory(): WebAssemblyMemory {
  return new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true })
}

/** What a module of assembly/ exports, working in `memory`. */
export function instantiateAssembly(module: object, memory: WebAssemblyMemory): unknown {
  return new WebAssembly.Instance(module, { env: { memory } }).exports
}
