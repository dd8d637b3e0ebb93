/** HTML that is escaped by construction: only `markup` and `trusted` make it, and `markup` escapes every value. */
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

/** Markup with its values escaped, for elements and for quoted attributes. The template's own indentation is dropped. */
export function markup(template: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = withoutIndentation(template)
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
function escapeHtml(text: string): string {
  return stripVTControlCharacters(text)
    .toWellFormed()
    .replaceAll(/[\0&<>"']/g, (character) => replacements[character] ?? '')
}

/** Templates are few and used often, once for each cell of a table. */
const knownTemplates = new WeakMap<TemplateStringsArray, readonly string[]>()

function withoutIndentation(template: TemplateStringsArray): readonly string[] {
  const known = knownTemplates.get(template)
  if (known !== undefined) return known
  const parts = template.map((part) => part.replaceAll(/\n\s+/g, '\n'))
  knownTemplates.set(template, parts)
  return parts
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
