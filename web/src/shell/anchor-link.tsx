/** A link to a page of the app that looks like every link. */
import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink, type LinkComponent } from '@tanstack/react-router'
import type { ComponentPropsWithRef, ReactNode } from 'react'

type Props = AnchorProps & Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps>

function PlainAnchor(props: Props): ReactNode {
  return <Anchor size="sm" className="user-text" {...props} />
}

export const AnchorLink: LinkComponent<typeof PlainAnchor> = createLink(PlainAnchor)
