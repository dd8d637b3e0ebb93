/** Regular expressions of filters: RE2's, which take time in proportion to the text, whatever the pattern. */
import { RE2JS } from 're2js'

/** The last pattern asked for: a search tests one after another row by it. */
let last: { readonly pattern: string; readonly expression: RE2JS } | undefined

/** Whether `pattern` is found in `text`. @throws Error for a pattern that cannot be read */
export function matchesExpression(pattern: string, text: string): boolean {
  if (last?.pattern !== pattern) last = { pattern, expression: RE2JS.compile(pattern) }
  return last.expression.test(text)
}
