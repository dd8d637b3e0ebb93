/** A page that somebody wrote, in a frame without any right: no script, no form, no address of its own. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { strings } from '../../strings.ts'

export function SandboxedPage({ title, html }: { readonly title: string; readonly html: string }): ReactNode {
  return (
    <>
      <iframe
        title={title}
        sandbox=""
        srcDoc={html}
        style={{ width: '100%', height: '70vh', border: '1px solid var(--mantine-color-default-border)' }}
      />
      <Text size="xs" c="dimmed">
        {strings.artifacts.reportHint}
      </Text>
    </>
  )
}
