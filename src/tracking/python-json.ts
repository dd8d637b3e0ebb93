/** JSON spaced as Python's, which MLflow compares texts by. */

/**
 * @param ascii whether characters beyond ASCII are escaped, as Python does unless it is told otherwise
 * @param value what is undefined, or no JSON at all, becomes null
 */
export function pythonJson(value: unknown, { ascii = false } = {}): string {
  const text = write(JSON.parse(JSON.stringify(value) ?? 'null'))
  return ascii ? text.replaceAll(/[\u0080-\uffff]/g, escape) : text
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, inside]) => `${JSON.stringify(key)}: ${write(inside)}`)
  return `{${pairs.join(', ')}}`
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
