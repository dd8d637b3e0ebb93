/** Values as Python writes them: what programs that read a container's variables and arguments expect. */

/** JSON as `json.dumps(value, sort_keys=True, separators=(",", ":"))` writes it: compact, keys sorted, ASCII only. */
export function pythonJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return nonFinite(value, 'NaN', 'Infinity')
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${sortedEntries(value)
      .map(([key, item]) => `${pythonJson(key)}:${pythonJson(item)}`)
      .join(',')}}`
  }
  return JSON.stringify(value).replaceAll(/[^\0-\x7e]/g, (unit) => {
    return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** As `str(value)` writes it inside a container's arguments: text as it is, `True`, lists with spaces. */
export function pythonText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  return pythonRepr(value)
}

function pythonRepr(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  if (typeof value === 'number' && !Number.isFinite(value)) return nonFinite(value, 'nan', 'inf')
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`)
    .join(', ')}}`
}

/** Entries in the order of their keys' characters. */
export function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function nonFinite(value: number, notANumber: string, infinity: string): string {
  if (Number.isNaN(value)) return notANumber
  return value > 0 ? infinity : `-${infinity}`
}
