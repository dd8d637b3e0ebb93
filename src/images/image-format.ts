/**
 * What a file of an image is by its first bytes. Sharp's library reads more than the formats that are offered here, drawings
 * in XML among them; what strangers send gets that far only when it is one of these.
 */

/** What files of each format begin with, byte by byte. */
const signatures = {
  png: /^\x89PNG\r\n[^]\n/,
  jpeg: /^\xff\xd8\xff/,
  webp: /^RIFF[^]{4}WEBP/,
  gif: /^GIF8[79]a/,
  tiff: /^(II[*+]\0|MM\0[*+])/,
  // One of the brands that the file lists, mostly the first.
  avif: /^[^]{4}ftyp([^]{4})*?avi[fs]/,
}

/** Enough for the brands of an AVIF file. */
const HEAD_BYTES = 64

/** Whether `bytes` begin as a PNG, JPEG, WebP, GIF, TIFF or AVIF file does. */
export function isKnownFormat(bytes: Uint8Array): boolean {
  const head = headOf(bytes)
  return Object.values(signatures).some((signature) => signature.test(head))
}

/** Whether `bytes` begin as an AVIF file that moves (brand `avis`) does; the decoder knows only those that do not. */
export function isMovingAvif(bytes: Uint8Array): boolean {
  return /^[^]{4}ftyp([^]{4})*?avis/.test(headOf(bytes))
}

function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1')
}

/**
 * The number of frames that a PNG file says to have (chunk acTL of the third edition of the PNG specification); 1 for
 * any other file. Most decoders, sharp's too, know nothing of it and take the first.
 */
export function pngFrames(bytes: Uint8Array): number {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!signatures.png.test(file.toString('latin1', 0, 8))) return 1
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'acTL') return file.readUInt32BE(at + 8)
    if (type === 'IDAT') return 1
  }
  return 1
}
