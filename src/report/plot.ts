/** Draws with Observable Plot on linkedom's document, and makes its SVG smaller. Both are loaded with the first chart. */
import type * as plotModule from '@observablehq/plot'
import type { Markish, PlotOptions, ScaleOptions } from '@observablehq/plot'
import { type Html, markup, trusted } from './html.ts'

export type Plot = typeof plotModule

/**
 * The SVG of a plot. Colours are to be CSS variables, so that it follows the theme.
 *
 * @param description what is read out in place of the picture
 * @param options of Plot, with its marks made by the library that is handed in
 */
export async function drawPlot(description: string, options: (plot: Plot) => PlotOptions): Promise<Html> {
  loaded ??= load()
  const { plot, document } = await loaded
  const svg = plot.plot({ document, ...options(plot) }) as unknown as SvgElement
  svg.querySelector('style')?.remove()
  for (const name of ['class', 'font-family', 'font-size']) svg.removeAttribute(name)
  for (const part of svg.querySelectorAll('*')) slim(part)
  return markup`<svg role="img" aria-label="${description}"${trusted(svg.outerHTML.slice('<svg'.length))}`
}

export type { Markish, PlotOptions, ScaleOptions }

/** The little we use of an element; the DOM's types are not part of a Node.js program. */
interface SvgElement {
  readonly outerHTML: string
  querySelector(selector: string): { remove(): void } | null
  querySelectorAll(selector: string): Iterable<SvgElement>
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
}

let loaded: Promise<{ readonly plot: Plot; readonly document: Document }> | undefined

type Document = NonNullable<PlotOptions['document']>

async function load(): Promise<{ plot: Plot; document: Document }> {
  const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')])
  return { plot, document: parseHTML('<!doctype html><html><body></body></html>').document }
}

/** Drops what is not read out in a picture that has a description, and rounds coordinates to a tenth of a pixel. */
function slim(part: SvgElement): void {
  part.removeAttribute('aria-label')
  part.removeAttribute('aria-hidden')
  for (const name of coordinates) {
    const value = part.getAttribute(name)
    if (value?.includes('.') === true) part.setAttribute(name, value.replaceAll(longNumber, roundToTenth))
  }
}

const coordinates = ['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height', 'transform']
const longNumber = /\d+\.\d{2,}(?:e-\d+)?/g

function roundToTenth(number: string): string {
  return String(Number(Number(number).toFixed(1)))
}
