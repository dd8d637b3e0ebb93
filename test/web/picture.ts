/** Pictures of pages for the docs, each in light and in dark colours. */
import { mkdir, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import type { OpenApp } from './web-app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const images = join(root, 'docs/images')

/** A page with what has to be seen on it before its picture is taken. */
export interface Shot {
  readonly name: string
  readonly address: string
  readonly shown: (page: Page) => Promise<unknown>
}

/** @param names texts that tell of this machine, each with what stands in its place */
export async function take(
  { page, url }: OpenApp,
  { name, address, shown }: Shot,
  names: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(images, { recursive: true })
  await page.goto(`${url}/#${address}`)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
    await shown(page)
    await page.evaluate(`(${nameless})(${JSON.stringify({ [userInfo().username]: 'ada', [root]: '', ...names })})`)
    const file = join(images, `${name}-${colorScheme}.png`)
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 10 })
      .toFile(file)
    process.stdout.write(`${name}-${colorScheme}.png ${Math.round((await stat(file)).size / 1000)} kB\n`)
  }
}

/** Run in the page: puts other texts in the place of those that tell of this machine. */
const nameless = `(names) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const [name, other] of Object.entries(names)) {
      if (text.data === name || /[/:]/.test(name)) text.data = text.data.replaceAll(name, other)
    }
  }
}`
