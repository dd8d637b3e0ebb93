/** HTML that is escaped by construction: only the `html` template and `trusted` make it, and the template escapes every value. */
import { stripVTControlCharacters } from 'node:util'

/** Markup that needs no more escaping. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: text is escaped, markup is kept, lists are joined; `undefined` and `false` leave nothing. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[]

/** Markup with its values escaped, for elements and for quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? ''
  values.forEach((value, i) => {
    text += markupOf(value) + (parts[i + 1] ?? '')
  })
  return new Html(text)
}

/** Markup made by a library or by ourselves, taken as it is. */
export function trusted(text: string): Html {
  return new Html(text)
}

/** Text for elements and quoted attributes. Terminal colours and what is no character are dropped. */
export function escapeHtml(text: string): string {
  return stripVTControlCharacters(text)
    .toWellFormed()
    .replaceAll(/[\0&<>"']/g, (character) => replacements[character] ?? '')
}

const replacements: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function markupOf(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(markupOf).join('')
  return escapeHtml(String(value))
}
