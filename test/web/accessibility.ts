/** Whether a page keeps to axe's rules. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong with the page as it stands, in light and in dark colours: rule, element, how to mend it. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // Evaluated by the test, past the page's policy on scripts.
  await page.evaluate(await readFile(axe, 'utf8'))
  const faults: string[] = []
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    // A page whose style sheet asks for the scheme is ready at once; Mantine notes it when it has followed.
    await page
      .locator(`html:not([data-mantine-color-scheme]), html[data-mantine-color-scheme="${colorScheme}"]`)
      .waitFor()
    // The colours are drawn with the next frame.
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    faults.push(...(await faultsNow(page)).map((fault) => `${colorScheme}: ${fault}`))
  }
  return faults
}

async function faultsNow(page: Page): Promise<readonly string[]> {
  const { violations } = await page.evaluate<AxeResults>('window.axe.run(document)')
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  )
}
