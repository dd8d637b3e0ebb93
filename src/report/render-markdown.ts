/** Renders Markdown. Its HTML is shown as text; nothing in it can load a resource or run a script. */
import type { Tokens } from 'marked'
import { type Html, markup, trusted } from './html.ts'

/** `text` in GitHub's Markdown. A first-level heading gets the level `level`, deeper ones follow. Loads its parser first. */
export async function renderMarkdown(text: string, level: number): Promise<Html> {
  const { Marked } = await import('marked')
  const marked = new Marked({
    renderer: {
      html: ({ text }) => markup`${text}`.text,
      heading({ tokens, depth }) {
        const tag = `h${Math.min(6, level + depth - 1)}`
        return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>\n`
      },
      link({ href, tokens }) {
        const content = trusted(this.parser.parseInline(tokens))
        return isSafeLink(href) ? markup`<a href="${href}" rel="noopener noreferrer">${content}</a>`.text : content.text
      },
      image: renderImage,
      table(token) {
        return tableOf(token, (cell) => this.parser.parseInline(cell.tokens))
      },
    },
  })
  return markup`<div class="markdown">${trusted(marked.parse(text, { async: false }))}</div>`
}

/** A picture that is inside the text; of others, which would be loaded from elsewhere, the words that stand for them. */
function renderImage({ href, text }: Tokens.Image): string {
  return /^data:image\//i.test(href) ? markup`<img src="${href}" alt="${text}">`.text : markup`${text}`.text
}

function tableOf({ header, rows, align }: Tokens.Table, inline: (cell: Tokens.TableCell) => string): string {
  const alignOf = (i: number): Html | false => align[i] === 'right' && trusted(' class="n"')
  const heading = header.map((cell, i) => markup`<th scope="col"${alignOf(i)}>${trusted(inline(cell))}</th>`)
  const body = rows.map(
    (row) => markup`<tr>${row.map((cell, i) => markup`<td${alignOf(i)}>${trusted(inline(cell))}</td>`)}</tr>\n`,
  )
  return markup`<div class="scroll" tabindex="0">
    <table>
      <thead>
        <tr>${heading}</tr>
      </thead>
      <tbody>
        ${body}</tbody>
    </table>
  </div>`.text
}

/** What a link may lead to. Names of schemes are compared after what browsers ignore in them is removed. */
function isSafeLink(href: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(href.replaceAll(/[\0-\x20]/g, ''))?.[1]?.toLowerCase()
  return scheme === undefined ? href.startsWith('#') : ['http', 'https', 'mailto'].includes(scheme)
}
