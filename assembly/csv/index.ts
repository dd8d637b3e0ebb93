/** The loops of the CSV reader, compiled to WebAssembly by assembly/build.ts. The caller's side is src/data/csv/kernel.ts. */
export { allocate, bounds, bytes, fieldCount, release, values } from './batch'
export { consumed, problem, problemField, split } from './tokenizer'
export { readNumbers } from './numbers'
export { readDatetimes } from './datetimes'
export { readBooleans } from './booleans'
export { findKept, hashStrings, keepStrings, numberStrings } from './strings'
export { newDictionary, poolOf, sizeOf, startsOf } from './dictionary'
export { addMissing, beginMissing, isMissing, mayBeValues, missing } from './missing'
