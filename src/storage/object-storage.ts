/**
 * Objects (files) under one root, addressed by relative paths with `/`. What is behind the root is an
 * implementation's affair: a folder of this machine now, a bucket later. Nothing can be reached outside the root.
 */
import type { Readable } from 'node:stream'

/** One thing directly inside a folder. `path` is relative to the root, `sizeBytes` is given for files. */
export interface StorageEntry {
  readonly path: string
  readonly isFolder: boolean
  readonly sizeBytes?: number
}

export interface ObjectInfo {
  readonly sizeBytes: number
  /** Another for other content, in quotation marks as HTTP has it; absent where the place has none. */
  readonly etag?: string | undefined
}

/** Bytes of a file, from `first` to `last` inclusive, counted from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** A file's content as it comes, for what is too large to hold in memory. Not reading it to its end wants `destroy`. */
export interface ObjectContent extends ObjectInfo {
  /** What of the file `pieces` are; absent when they are all of it. */
  readonly range?: ByteRange | undefined
  readonly pieces: Readable
}

/** Uploading an object in parts that go straight to where it is kept, past this machine. */
export interface MultipartUploads {
  /** Begins an upload of so many parts, and gives an address for each, good for an hour: PUT, which answers with an ETag. */
  create(path: string, partCount: number): Promise<{ readonly uploadId: string; readonly urls: readonly string[] }>

  /** Makes the object of its parts, in the order of their numbers from 1. */
  complete(path: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void>

  /** Throws away what has come. */
  abort(path: string, uploadId: string): Promise<void>
}

interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
}

/**
 * A root and what one may do below it. Paths are relative (`model/MLmodel`); '' is the root itself.
 *
 * Every method throws MillraceError INVALID_ARGUMENT for a path that would leave the root: `..`, absolute, percent-
 * encoded or by way of a symbolic link. STORAGE_FAILED means that the disk refused.
 */
export interface ObjectStorage {
  /** The URI of the root, as it was resolved: always absolute. */
  readonly uri: string

  /** Only where the place itself takes uploads from others. */
  readonly multipart?: MultipartUploads

  /** What lies directly in the folder `path`, sorted by path; a folder that does not exist is empty. */
  list(path?: string): Promise<readonly StorageEntry[]>

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such file */
  read(path: string): Promise<Uint8Array>

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such file */
  stat(path: string): Promise<ObjectInfo>

  /**
   * The content, or of it `range`, which has to lie inside. A server on the way may give everything all the same.
   *
   * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such file
   */
  openRead(path: string, range?: ByteRange): Promise<ObjectContent>

  /** Writes a file so that a reader sees the old content or the new. Folders on the way are made. */
  write(path: string, content: string | Uint8Array): Promise<void>

  /** As `write`, of content as it comes. When `pieces` fails, the file is what it was. */
  writeFrom(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void>

  /**
   * Copies a file or a folder of this machine to `path`. Where nothing was before, a folder appears complete or not
   * at all; into an existing folder its files are merged one by one.
   */
  upload(localPath: string, path: string): Promise<void>

  /** Copies the file or folder at `path` to `localPath`, merging in the same manner. */
  download(path: string, localPath: string): Promise<void>

  /** Removes a file or a folder with all it holds; nothing happens when it does not exist. */
  delete(path: string): Promise<void>

  exists(path: string): Promise<boolean>

  /** Where `path` lies on this machine, for what can only open files; undefined for a remote root. */
  localPath(path?: string): string | undefined
}
