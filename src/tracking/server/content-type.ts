/** Media types of artifacts by their names. What is not known is bytes; nothing is ever run by a browser. */
import { extname } from 'node:path'

const TEXT = 'text/plain'

const byExtension: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': TEXT,
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
}

const texts = new Set(['.txt', '.log', '.err', '.cfg', '.conf', '.ini', '.py', '.yaml', '.yml', '.toml', '.xml', '.sh'])

export function contentTypeOf(name: string): string {
  const extension = extname(name).toLowerCase()
  if (name === 'MLmodel' || name === 'MLproject' || texts.has(extension)) return TEXT
  return byExtension[extension] ?? 'application/octet-stream'
}
