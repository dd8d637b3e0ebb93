/** A file of Markdown. */
import type { ReactNode } from 'react'
import { Markdown } from '../../shell/markdown.tsx'

export function MarkdownView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  return <Markdown text={new TextDecoder().decode(content)} />
}
