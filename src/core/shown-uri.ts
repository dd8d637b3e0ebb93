/** URIs as they may be shown: many a screen, log and issue has what a command has printed. */

/** `uri` without its password, in front of the host or in the query; the name of the user stays. */
export function shownUri(uri: string): string {
  return uri.replace(passwordIn(uri), '$1@').replace(/([?&](?:ssl)?password=)[^&#]*/gi, '$1…')
}

/** A password may hold what only percent-encoding should bring into a URI; then it ends with the last @ there is. */
function passwordIn(uri: string): RegExp {
  const isRead = /^https?:/i.test(uri) && URL.canParse(uri)
  return isRead
    ? /^([a-z]+:\/\/[^/?#]*?):[^/?#]*@/i
    : /^((?:[a-z][a-z0-9+.-]*:\/\/|postgres[a-z0-9+]*:\/?)[^/:@?#]*):.*@/is
}

/** `text` with the URIs in it as they may be shown. */
export function shownText(text: string): string {
  return text.replaceAll(/\b(?:[a-z][a-z0-9+.-]*:\/\/|postgres[a-z0-9+]*:\/?)[^\s"'`<>]+/gi, shownUri)
}

/** `value` with all texts in it as they may be shown, in lists and plain objects at any depth. */
export function shownValue(value: unknown): unknown {
  if (typeof value === 'string') return shownText(value)
  if (Array.isArray(value)) return value.map(shownValue)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shownValue(inner)]))
}
