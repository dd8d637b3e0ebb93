/** A page that somebody wrote, in a frame without any right: no script, no form, no address of its own, no request. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { strings } from '../../strings.ts'

/** Stands before all else, so that it holds for all of it. */
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:"><meta http-equiv="x-dns-prefetch-control" content="off">`

export function SandboxedPage({ title, html }: { readonly title: string; readonly html: string }): ReactNode {
  return (
    <>
      <iframe
        title={title}
        sandbox=""
        srcDoc={policy + html}
        style={{ width: '100%', height: '70vh', border: '1px solid var(--mantine-color-default-border)' }}
      />
      <Text size="xs" c="dimmed">
        {strings.artifacts.reportHint}
      </Text>
    </>
  )
}
