/** What a page is called: in its heading, and in the tab and the history of the browser. */
import { Group, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { strings } from '../strings.ts'

/** Puts `names` before that of the app, such as "adorable-owl-12 · Runs · Millrace", while the page is shown. */
export function usePageTitle(...names: readonly (string | undefined)[]): void {
  const title = [...names.filter((name) => name !== undefined), strings.app.name].join(' · ')
  useEffect(() => {
    document.title = title
    return () => {
      document.title = strings.app.name
    }
  }, [title])
}

interface PageTitleProps {
  /** Undefined while it is not known. */
  readonly name: string | undefined
  /** What it is one of. */
  readonly of?: string
  /** Stands before the name, such as how a run ended. */
  readonly mark?: ReactNode
  /** Whether what acts on the page stands at the other end of its line. */
  readonly me?: 'auto'
}

export function PageTitle({ name, of, mark, me }: PageTitleProps): ReactNode {
  usePageTitle(name, of)
  const title = (
    <Title order={1} size="h3" className="user-text" {...(me !== undefined && { me })}>
      {name ?? '\u00A0'}
    </Title>
  )
  if (mark === undefined) return title
  return (
    <Group gap="sm" wrap="nowrap">
      {mark}
      {title}
    </Group>
  )
}
