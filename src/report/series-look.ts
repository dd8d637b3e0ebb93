/** What series look like: a colour of the style sheet, and a second mark that needs no colour to be told apart. */

/** The colour of series `i`, a CSS variable; those that are references are grey and take no colour from the others. */
export function seriesColor(series: readonly { readonly reference?: boolean }[], i: number): string {
  if (series[i]?.reference === true) return 'var(--series-reference)'
  const before = series.slice(0, i).filter(({ reference }) => reference !== true).length
  return `var(--series-${(before % 6) + 1})`
}

/** How a line is broken: in SVG, and in the border that stands for it in the legend. */
export function lineStyleOf(
  series: readonly { readonly reference?: boolean }[],
  i: number,
): { readonly dashes: string | undefined; readonly border: string } {
  if (series[i]?.reference === true) return dashed
  return lineStyles[i % lineStyles.length] ?? solid
}

/** The shape of a point: Plot's name for it, and its path in a square of 10 for the legend. */
export function symbolOf(i: number): {
  readonly symbol: 'circle' | 'triangle2' | 'square2' | 'diamond2' | 'times' | 'plus'
  readonly path: string
} {
  return symbols[i % symbols.length] ?? symbols[0]
}

const solid = { dashes: undefined, border: 'solid' }
const dashed = { dashes: '5 4', border: 'dashed' }
const dotted = { dashes: '2 3', border: 'dotted' }
const lineStyles = [solid, dashed, dotted]

const symbols = [
  { symbol: 'circle', path: 'M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0' },
  { symbol: 'triangle2', path: 'M5 1L9 9H1Z' },
  { symbol: 'square2', path: 'M1.5 1.5h7v7h-7Z' },
  { symbol: 'diamond2', path: 'M5 .5L9.5 5L5 9.5L.5 5Z' },
  { symbol: 'times', path: 'M1.5 1.5l7 7m0-7l-7 7' },
  { symbol: 'plus', path: 'M5 0v10M0 5h10' },
] as const
