/** The colours of lines that belong together, such as those of several runs. */
import { useMantineTheme } from '@mantine/core'
import { useMemo } from 'react'

/** Ten colours that can be told apart on light and on dark; from the eleventh line on they begin again. */
export function useLineColors(): readonly string[] {
  const { colors } = useMantineTheme()
  return useMemo(
    () =>
      (['cyan', 'orange', 'grape', 'green', 'red', 'indigo', 'yellow', 'pink', 'teal', 'gray'] as const).map(
        (name) => colors[name][6],
      ),
    [colors],
  )
}
