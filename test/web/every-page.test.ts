/** What holds of every page: it fits on a phone, says when the server is unwell, and comes back with it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessibilityFaults } from './accessibility.ts'
import { type EveryPage, everyPage } from './every-page.ts'

const phone = { width: 390, height: 844 }

let all: EveryPage

beforeAll(async () => {
  all = await everyPage()
}, 60_000)

afterAll(async () => await all[Symbol.asyncDispose]())

test('fits on a phone', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  await page.setViewportSize(phone)
  for (const [address] of all.pages) {
    await page.goto('about:blank')
    await page.goto(`${url}/#${address}`)
    await page.locator('main:has(h1):not(:has([aria-label="Loading"]))').waitFor()
    expect(await widthOf(page), address).toBe(phone.width)
    // Nothing lies over it.
    await page.getByRole('heading', { level: 1 }).click({ trial: true })
  }
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'List of pages' }).click()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.getByRole('link', { name: 'Models' }).press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Models' }).click({ trial: true })
  await page.locator('main:focus').waitFor()
  await page.setViewportSize({ width: 1280, height: 800 })
}, 60_000)

test('says that the server is unwell, how to try again, and shows the page once it is well', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page: first, url } = all.app
  await using context = await first.context().browser()!.newContext({ viewport: phone })
  // A few at a time: a browser with all of them open has more to do than two cores can.
  for (let start = 0; start < all.pages.length; start += 5) {
    const pages = all.pages.slice(start, start + 5)
    await context.route(/-api\/|\/health$/, async (route) => await route.fulfill({ status: 500, body: 'oops' }))
    const tabs = await Promise.all(pages.map(async (it) => [await context.newPage(), ...it] as const))
    for (const [page, address] of tabs) await page.goto(`${url}/#${address}`)
    for (const [page, address] of tabs) {
      await page.getByRole('alert').getByText('The server answered with status 500.').first().waitFor()
      await page.getByRole('button', { name: 'Try again' }).first().waitFor()
      await page.getByRole('status').getByText('The server is in trouble.').waitFor()
      expect(await widthOf(page), address).toBe(phone.width)
    }
    await context.unrouteAll()
    for (const [page, address, title] of tabs) {
      await showsItself(page, address)
      expect(await page.title()).toBe(`${title} · Millrace`)
      await page.close()
    }
  }
}, 60_000)

/** Waits until nothing on the page is missing any more. */
async function showsItself(page: Page, address: string): Promise<void> {
  try {
    await page.getByText('The server is in trouble.').waitFor({ state: 'detached' })
    await page.locator('main:has(h1):not(:has([aria-label="Loading"], [role="alert"]))').waitFor()
  } catch (cause) {
    throw new Error(`${address} does not come back. It shows: ${await page.innerText('body')}`, { cause })
  }
}

/** Of the page with what lies beside the screen. */
async function widthOf(page: Page): Promise<number> {
  return await page.evaluate<number>('document.scrollingElement.scrollWidth')
}
