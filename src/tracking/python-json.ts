/**
 * JSON as Python writes and reads it: spaced so, as MLflow compares texts, with whole numbers of any size and with NaN and
 * infinities. Whole numbers that a number of JavaScript does not hold are bigints.
 */

interface Style {
  /** Whether characters beyond ASCII are escaped, as Python does unless it is told otherwise. */
  readonly ascii?: boolean
  /** Whether NaN and infinities are texts, so that others can read the JSON too. */
  readonly strict?: boolean
}

/** @param value what is undefined, or no JSON at all, becomes null */
export function pythonJson(value: unknown, { ascii = false, strict = false }: Style = {}): string {
  const text = write(value, strict)
  return ascii ? text.replaceAll(/[\u0080-\uffff]/g, escape) : text
}

function write(value: unknown, strict: boolean): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return strict ? `"${value}"` : String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), strict)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, strict)).join(', ')}]`
  const pairs = Object.entries(value)
    .filter(([, inside]) => inside !== undefined)
    .map(([key, inside]) => `${JSON.stringify(key)}: ${write(inside, strict)}`)
  return `{${pairs.join(', ')}}`
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The value of a text. @throws SyntaxError for what is no JSON to Python either */
export function parsePythonJson(text: string): unknown {
  if (!/\d{16}|NaN|Infinity/.test(text)) return JSON.parse(text) as unknown
  const readable = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) => notFinite[token] ?? token)
  return JSON.parse(readable, exactNumber) as unknown
}

/** Numbers that are too great for JSON.parse, or are told by how they are written. */
const notFinite: Readonly<Record<string, string>> = { NaN: '0e999', Infinity: '1e999', '-Infinity': '-1e999' }

function exactNumber(_: string, value: unknown, { source = '' }: { readonly source?: string } = {}): unknown {
  if (typeof value !== 'number') return value
  if (source === notFinite['NaN']) return NaN
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
}
