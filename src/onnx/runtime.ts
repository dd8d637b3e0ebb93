/** The one place that loads ONNX Runtime, on first use: it is large, and most commands do not need it. */
import type * as Ort from 'onnxruntime-node'
import { asError, MillraceError } from '../core/index.ts'

let loading: Promise<typeof Ort> | undefined

/** @throws MillraceError RUNTIME_UNAVAILABLE when the package is missing or has no binary for this machine */
export function loadRuntime(): Promise<typeof Ort> {
  loading ??= import('onnxruntime-node').then(
    (module) => ('default' in module ? (module.default as typeof Ort) : module),
    (cause: unknown) => {
      throw new MillraceError(
        'RUNTIME_UNAVAILABLE',
        `Cannot load onnxruntime-node on ${process.platform}-${process.arch}: ${asError(cause).message}. Run "npm install" again in this folder.`,
        { cause },
      )
    },
  )
  return loading
}
