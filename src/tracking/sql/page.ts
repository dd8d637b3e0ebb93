/** Page tokens: MLflow's, the base64 of `{"offset": N}`. */
import { type Page } from '../entities.ts'
import { invalidParameter } from '../validation.ts'

/** The offset a token stands for, 0 without one. @throws INVALID_PARAMETER_VALUE for anything else */
export function parsePageToken(token: string | undefined): number {
  if (token === undefined || token === '') return 0
  const decoded = Buffer.from(token, 'base64').toString('utf8')
  const offset = Number(/^\{\s*"offset"\s*:\s*"?(\d+)"?\s*\}$/.exec(decoded)?.[1])
  if (Number.isSafeInteger(offset) && offset > 0) return offset
  throw invalidParameter(`Invalid page token "${token}". Use the token of the page before, unchanged`)
}

/** A page of `rows`, of which one more than `maxResults` was asked for to see whether more follow. */
export function toPage<T>(rows: readonly T[], maxResults: number, offset: number): Page<T> {
  if (rows.length <= maxResults) return { items: rows }
  return { items: rows.slice(0, maxResults), nextPageToken: toPageToken(offset + maxResults) }
}

/** The token that stands for an offset. */
export function toPageToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64')
}
