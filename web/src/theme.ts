/** Colours and shapes of all pages. */
import { createTheme, type CSSVariablesResolver } from '@mantine/core'
import { strings } from './strings.ts'

/** The head of a dialog is not the banner of the page. */
const dialog = { attributes: { header: { role: 'none' } }, closeButtonProps: { 'aria-label': strings.app.close } }

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  defaultRadius: 'md',
  fontFamily: 'system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  cursorType: 'pointer',
  components: {
    // Labels are read by what they name, so pages give each icon button one of its own.
    Tooltip: { defaultProps: { openDelay: 400 } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': strings.app.close } } },
    Modal: { defaultProps: dialog },
    Drawer: { defaultProps: dialog },
  },
})

/** Quiet texts in colours that can still be read. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-6)',
    '--mantine-color-cyan-light-color': '#08525f',
  },
  dark: { '--mantine-color-dimmed': 'var(--mantine-color-dark-1)' },
})
