/** Completing the word that is being written at the end of a filter. */

const operators = ['AND', '=', '!=', '>', '>=', '<', '<=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL']

/** Texts in quotes, closed or not, then words; whatever else there is has one character. */
const tokens = /'[^']*'?|"[^"]*"?|[^\s=!<>(),'"]+|[^]/g

/** The last word of a filter and what stands before it: '' after a space, an operator or a parenthesis. */
export function wordAt(filter: string): { readonly before: string; readonly word: string } {
  const last = filter.match(tokens)?.at(-1) ?? ''
  const word = /^[\s=!<>(),]$/.test(last) ? '' : last
  return { before: filter.slice(0, filter.length - word.length), word }
}

/**
 * What the last word can become: keys where a key may stand, operators after one. Nothing where it is complete, and
 * nothing inside of quotes.
 */
export function complete(filter: string, keys: readonly string[]): readonly string[] {
  const { before, word } = wordAt(filter)
  if (/^['"]/.test(word) || (before === '' && word === '')) return []
  const expected = wantsKey(before) ? keys : operators
  return expected
    .filter((option) => option !== word && option.toLowerCase().includes(word.toLowerCase()))
    .toSorted((a, b) => Number(startsWith(b, word)) - Number(startsWith(a, word)))
    .slice(0, 12)
}

function startsWith(option: string, word: string): boolean {
  return option.toLowerCase().startsWith(word.toLowerCase())
}

/** A key begins the filter and follows AND, OR and an opening parenthesis. */
function wantsKey(before: string): boolean {
  return /(^|\b(AND|OR)|\()\s*$/i.test(before)
}
