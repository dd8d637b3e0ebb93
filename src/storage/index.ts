export { fileStorage } from './file-storage.ts'
export { fileUriOf, localPathOf } from './local-uri.ts'
export { type ObjectStorage, type StorageEntry } from './object-storage.ts'
export { openStorage } from './open-storage.ts'
