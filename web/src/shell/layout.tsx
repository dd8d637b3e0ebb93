/** The frame around every page: what there is, the search, light or dark. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  NavLink,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { IconMoon, IconSearch, IconSun } from '@tabler/icons-react'
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState } from 'react'
import { strings } from '../strings.ts'
import icon from './icon.svg'
import { lazyPart } from './lazy-part.tsx'
import { ServerTrouble } from './server-trouble.tsx'
import { pages } from './pages.ts'

/** Loaded when it is first opened. */
const CommandPalette = lazyPart(async () => (await import('./command-palette.tsx')).CommandPalette)

export function Layout(): ReactNode {
  const [openings, setOpenings] = useState(0)
  const [isListOpen, list] = useDisclosure()
  const search = (): void => setOpenings((count) => count + 1)
  useHotkeys([
    ['mod + K', search],
    ['/', search],
    ['Escape', list.close],
  ])
  useFocusOnNewPage(isListOpen, list.close)
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 180, breakpoint: 'sm', collapsed: { mobile: !isListOpen } }}
      padding={0}
    >
      <a className="skip-link" href="#content" onClick={focusContent}>
        {strings.app.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              hiddenFrom="sm"
              size="sm"
              opened={isListOpen}
              aria-label={strings.app.pages}
              aria-expanded={isListOpen}
              onClick={list.toggle}
            />
            <img src={icon} alt="" width={24} height={24} />
            <Text fw={700} visibleFrom="xs">
              {strings.app.name}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ServerTrouble />
            <Button
              variant="default"
              size="xs"
              leftSection={<IconSearch size={14} />}
              rightSection={
                <Kbd size="xs" visibleFrom="sm">
                  Ctrl K
                </Kbd>
              }
              onClick={search}
            >
              {strings.app.searchButton}
            </Button>
            <ColorSchemeToggle />
          </Group>
        </Group>
      </AppShell.Header>
      {/* Beside a narrow screen it would still be gone through by the tab key. */}
      <AppShell.Navbar p="xs" aria-label={strings.app.navigation} {...(!isListOpen && { visibleFrom: 'sm' })}>
        <Pages />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      {openings > 0 && <CommandPalette openings={openings} />}
    </AppShell>
  )
}

/** The address after `#` is the page's, so the link moves the focus itself. */
function focusContent(event?: { preventDefault(): void }): void {
  event?.preventDefault()
  document.getElementById('content')?.focus()
}

/**
 * A link of the page before is gone with it, and so would be the focus; the list of pages stays, and keeps it. Where it
 * covers the page, on a narrow screen, it closes.
 */
function useFocusOnNewPage(isListOpen: boolean, closeList: () => void): void {
  const router = useRouter()
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation === undefined || !pathChanged) return
        const isInList = document.activeElement?.closest('nav') != null
        if (isListOpen || !isInList) focusContent()
        closeList()
      }),
    [router, isListOpen, closeList],
  )
}

function Pages(): ReactNode {
  const { pathname } = useLocation()
  return pages.map(({ to, label, Icon }) => (
    <NavLink
      key={to}
      component={Link}
      to={to}
      label={label}
      leftSection={<Icon size={18} />}
      active={pathname.startsWith(to)}
    />
  ))
}

function ColorSchemeToggle(): ReactNode {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  const label = isDark ? strings.app.light : strings.app.dark
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={label}
        onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      >
        {isDark ? <IconSun size={16} /> : <IconMoon size={16} />}
      </ActionIcon>
    </Tooltip>
  )
}
