/** Renders reports: whole documents that need nothing but themselves, and fragments of them. */
import type { Component, Section } from './component.ts'
import { formatTime } from './format.ts'
import { type Html, markup, trusted } from './html.ts'
import { isChart, renderChart } from './render-chart.ts'
import { renderGraph } from './render-graph.ts'
import { renderMarkdown } from './render-markdown.ts'
import {
  renderBadge,
  renderCode,
  renderErrorBox,
  renderImage,
  renderProgressBar,
  renderTimeline,
  renderValueBox,
} from './render-parts.ts'
import { renderTable } from './render-table.ts'
import { style } from './style.ts'

export interface DocumentOptions {
  readonly title: string
  readonly subtitle?: string
  readonly components: readonly Component[]
  /** Shown under the title, in UTC. Default: not shown. */
  readonly generatedAt?: Date
  /** Lets the browser load the document again after so many seconds, while it is still growing. Default: never. */
  readonly refreshSeconds?: number
}

/**
 * A whole HTML file. It loads nothing and runs no script (its own content policy forbids both), follows the reader's
 * light or dark theme, prints, and reads on a phone. With four sections or more it begins with a table of contents.
 *
 * The charting library is loaded with the first chart (about 0.2 s).
 */
export async function renderDocument({
  title,
  subtitle,
  components,
  generatedAt,
  refreshSeconds,
}: DocumentOptions): Promise<string> {
  const place = startOfDocument()
  const body = await renderAll(components, place)
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        ${refreshSeconds !== undefined && markup`<meta http-equiv="refresh" content="${refreshSeconds}">`}
        <title>${title}</title>
        <style>${trusted(style)}</style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${subtitle !== undefined && markup`<p class="subtitle">${subtitle}</p>`}
          ${generatedAt !== undefined && markup`<p class="note">${formatTime(generatedAt)}</p>`}
        </header>
        ${renderContents(place.sections)}
        <main>${body}</main>
      </body>
    </html>
    `
  return page.text
}

/** One component as a fragment, to be put into a page that has the style of `renderDocument`. */
export async function renderComponent(component: Component): Promise<string> {
  return (await render(component, startOfDocument())).text
}

/** Where in the document we are: the level of the next heading, the anchors that are taken, the sections so far. */
interface Place {
  readonly level: number
  readonly ids: Set<string>
  readonly sections: { readonly id: string; readonly title: string }[]
}

function startOfDocument(): Place {
  return { level: 2, ids: new Set(), sections: [] }
}

async function renderAll(components: readonly Component[], place: Place): Promise<Html[]> {
  const parts: Html[] = []
  for (const component of components) parts.push(markup`${await render(component, place)}\n`)
  return parts
}

async function render(component: Component, place: Place): Promise<Html> {
  if (isChart(component)) return renderChart(component)
  switch (component.kind) {
    case 'markdown':
      return renderMarkdown(component.text, place.level)
    case 'table':
      return renderTable(component, (cell) => render(cell, place))
    case 'image':
      return renderImage(component)
    case 'progress':
      return renderProgressBar(component)
    case 'value-box':
      return renderValueBox(component)
    case 'badge':
      return renderBadge(component)
    case 'code':
      return renderCode(component)
    case 'error':
      return renderErrorBox(component)
    case 'timeline':
      return renderTimeline(component)
    case 'graph':
      return renderGraph(component)
    case 'section':
      return renderSection(component, place)
    case 'columns':
      return markup`<div class="columns">${await renderAll(component.components, place)}</div>`
  }
}

async function renderSection({ title, components, open, id: wanted }: Section, place: Place): Promise<Html> {
  const id = freeId(wanted?.replaceAll(/\s+/g, '-') ?? anchorOf(title), place.ids)
  if (place.level === 2) place.sections.push({ id, title })
  const tag = trusted(`h${Math.min(place.level, 6)}`)
  const heading = markup`<${tag}>${title}</${tag}>`
  const body = await renderAll(components, { ...place, level: place.level + 1 })
  return open === undefined
    ? markup`<section id="${id}">${heading}\n${body}</section>`
    : markup`<details id="${id}"${open && trusted(' open')}>
        <summary>${heading}</summary>
        ${body}
      </details>`
}

function renderContents(sections: Place['sections']): Html | undefined {
  if (sections.length < 4) return undefined
  const links = sections.map(({ id, title }) => markup`<li><a href="#${encodeURIComponent(id)}">${title}</a></li>\n`)
  return markup`<nav aria-label="Contents">
    <ul>
      ${links}</ul>
  </nav>
  `
}

function anchorOf(title: string): string {
  const words = title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['section']
  return words.join('-').slice(0, 60)
}

/** `wanted`, numbered if the document has that anchor already. */
function freeId(wanted: string, ids: Set<string>): string {
  let id = wanted
  for (let i = 2; ids.has(id); i++) id = `${wanted}-${i}`
  ids.add(id)
  return id
}
