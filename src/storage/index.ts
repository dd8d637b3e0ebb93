export { fileStorage } from './file-storage.ts'
export { fileUriOf, localPathOf } from './local-uri.ts'
export { decodeFully, normalizeObjectPath } from './object-path.ts'
export {
  type ByteRange,
  type MultipartUploads,
  type ObjectContent,
  type ObjectInfo,
  type ObjectStorage,
  type StorageEntry,
} from './object-storage.ts'
export { readLocally, writeLocally } from './local-work.ts'
export { openStorage } from './open-storage.ts'
