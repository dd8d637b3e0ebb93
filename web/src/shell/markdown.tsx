/** Markdown, without the HTML that may stand in it. */
import { Typography } from '@mantine/core'
import type { ReactNode } from 'react'
import ReactMarkdown from 'react-markdown'

/** Images of other hosts are not loaded: the page asks nobody but its server. */
export function Markdown({ text }: { readonly text: string }): ReactNode {
  return (
    <Typography className="user-text">
      <ReactMarkdown disallowedElements={['img']} unwrapDisallowed>
        {text}
      </ReactMarkdown>
    </Typography>
  )
}
