/** What flows between transformers: numbers (NaN is missing) or text (null is missing). */
export type Kind = 'number' | 'string'

/** Which kind a transformer makes of which: `{ string: 'number' }` for an encoder. */
export interface Kinds {
  readonly number?: Kind
  readonly string?: Kind
}
