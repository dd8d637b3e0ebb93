/** What can be done, in a menu that a button opens. */
import { Menu } from '@mantine/core'
import { type ReactElement, type RefObject, useRef } from 'react'

interface ActionMenuProps {
  readonly actions: readonly { readonly label: string; readonly act: () => void }[]
  /** The button, with this reference to it. */
  readonly children: (button: RefObject<HTMLButtonElement | null>) => ReactElement
}

export function ActionMenu({ actions, children }: ActionMenuProps): ReactElement {
  const button = useRef<HTMLButtonElement>(null)
  return (
    <Menu>
      <Menu.Target>{children(button)}</Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ label, act }) => (
          <Menu.Item
            key={label}
            className="user-text"
            onClick={() => {
              // A dialog gives the focus back to what had it, and the item is gone by then.
              button.current?.focus()
              act()
            }}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
