/** The web app without a mouse: every page can be gone to, walked through and left, and says where the focus is. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessibilityFaults } from './accessibility.ts'
import { type EveryPage, everyPage } from './every-page.ts'

let all: EveryPage

beforeAll(async () => {
  all = await everyPage()
}, 60_000)

afterAll(async () => await all[Symbol.asyncDispose]())

test('has a title on every page, and names and shows whatever the tab key stops at', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  for (const [address, title] of all.pages) {
    await page.goto('about:blank')
    await page.goto(`${url}/#${address}`)
    await page.locator('main:has(h1):not(:has([aria-label="Loading"]))').waitFor()
    expect(await page.title()).toBe(`${title} · Millrace`)
    const stops = await walk(page)
    expect(stops.slice(0, 3), address).toEqual([
      { name: 'link "Skip to the content"', isShown: true },
      { name: 'button "Search Ctrl K"', isShown: true },
      { name: expect.stringContaining('colours'), isShown: true },
    ])
    const bad = stops.filter(({ name, isShown }) => !isShown || !/^'?\w+ "/.test(name))
    expect(bad, address).toEqual([])
  }
}, 60_000)

test('reaches every page by the command palette, and begins at its top', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  await page.goto(`${url}/#/experiments`)
  for (const [words, title] of [
    ['Models', 'Models'],
    ['Flows', 'Flows'],
    ['Serving', 'Serving'],
    ['Monitoring', 'Monitoring'],
    ['Playground', 'Try penguins 1'],
    ['penguins', 'penguins'],
    ['Experiments', 'Experiments'],
  ] as const) {
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('dialog', { name: 'Search' })
    await palette.getByRole('combobox').and(page.locator(':focus')).waitFor()
    await page.keyboard.type(words)
    await palette.getByRole('option').first().getByText(words).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    await palette.waitFor({ state: 'detached' })
    await page.locator('main:focus').waitFor()
  }
}, 30_000)

test('tells which entry of the command palette the arrows have chosen', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  await page.goto('about:blank')
  await page.goto(`${url}/#/serving`)
  await page.getByRole('button', { name: /^Search/ }).press('Enter')
  const palette = page.getByRole('dialog', { name: 'Search' })
  const field = palette.getByRole('combobox')
  const chosen = async (): Promise<string | null> => {
    const id = await field.getAttribute('aria-activedescendant')
    const entry = palette.getByRole('option', { selected: true })
    expect(await entry.getAttribute('id')).toBe(id)
    return await entry.textContent()
  }
  await palette.getByRole('option', { name: 'penguins at' }).waitFor()
  await expect.poll(chosen).toBe('Experiments')
  await page.keyboard.press('ArrowDown')
  await expect.poll(chosen).toBe('Models')
  for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key)
  await expect.poll(chosen).toContain('penguins at')
  expect(await accessibilityFaults(page)).toEqual([])
  await page.keyboard.type('peng')
  await expect.poll(chosen).toBe('penguinsModels')
  await page.keyboard.type('nowhere')
  await palette.getByRole('status').getByText('Nothing found').waitFor()
  await expect.poll(() => field.getAttribute('aria-activedescendant')).toBeNull()
  await page.keyboard.press('Escape')
  await palette.waitFor({ state: 'detached' })
  await page
    .getByRole('button', { name: /^Search/ })
    .and(page.locator(':focus'))
    .waitFor()
})

test('follows a link by the keyboard, and comes back to the page as it was', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  await page.goto(`${url}/#/models?name=peng`)
  await page.getByRole('link', { name: 'penguins' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'penguins' }).waitFor()
  await page.locator('main:focus').waitFor()
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
  await expect.poll(() => page.getByLabel('Filter by name').inputValue()).toBe('peng')
})

test('keeps the focus in a dialog, and gives it back to what opened it', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  for (const [address, button, item, title] of [
    ['/experiments', 'New experiment', undefined, 'New experiment'],
    ['/experiments', 'Actions for Default', 'Rename', 'Rename'],
    ['/experiments', 'Actions for Default', 'Delete', 'Delete Default?'],
    ['/models', 'Actions for penguins', 'Delete', 'Delete penguins?'],
    ['/flows', 'Start', 'deep/birds.ts', 'Start deep/birds.ts'],
    ['/models/penguins/versions/1', 'Set an alias', undefined, 'Set an alias to version 1'],
  ] as const) {
    await page.goto(`${url}/#${address}`)
    await page.getByRole('button', { name: button, exact: true }).press('Enter')
    if (item !== undefined) {
      const entry = page.getByRole('menuitem', { name: item })
      await entry.waitFor()
      while ((await entry.and(page.locator(':focus')).count()) === 0) await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
    }
    const dialog = page.getByRole('dialog', { name: title })
    await dialog.locator(':focus').waitFor()
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab')
      expect(await dialog.locator(':focus').count(), title).toBe(1)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: button, exact: true }).and(page.locator(':focus')).waitFor()
  }
}, 30_000)

test('edits a text in its place, and goes on from there', async ({ skip }) => {
  if (all.app === undefined) return skip('there is no browser here')
  const { page, url } = all.app
  await page.goto(`${url}/#/models/penguins`)
  await page.getByRole('button', { name: 'Edit: Description' }).press('Enter')
  await page.getByLabel('Description', { exact: true }).and(page.locator(':focus')).waitFor()
  await page.keyboard.type('Three species')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Three species').waitFor()
  await page.getByRole('button', { name: 'Edit: Description' }).and(page.locator(':focus')).waitFor()
})

interface Stop {
  /** Role and name, such as `button "Save"`. */
  readonly name: string
  /** Whether it looks different from how it looks without the focus, and is in view. */
  readonly isShown: boolean
}

/** Where the tab key stops, from the top of the page until it leaves it. */
async function walk(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = []
  while (stops.length < 200) {
    await page.keyboard.press('Tab')
    if (await page.evaluate<boolean>('document.activeElement === document.body')) return stops
    const [line = ''] = (await page.locator(':focus').ariaSnapshot()).split('\n')
    stops.push({ name: line.slice(2).split(/:$|: /)[0]!, isShown: await page.evaluate<boolean>(isFocusShown) })
  }
  throw new Error(`The tab key never leaves the page: ${JSON.stringify(stops.slice(-4))}`)
}

/** Run in the page: whether the focus shows at the element or at what is drawn for it. */
const isFocusShown = `(() => {
  const element = document.activeElement
  const drawn = [element, element.nextElementSibling, element.querySelector('rect')]
  for (let part = element, i = 0; i < 3; i++) drawn.push((part = part.parentElement))
  const look = () => drawn.filter(Boolean).map((one) => {
    const { outline, borderColor, boxShadow } = getComputedStyle(one)
    return [outline, borderColor, boxShadow].join()
  }).join()
  const { top, bottom } = element.getBoundingClientRect()
  const focused = look()
  element.blur()
  const blurred = look()
  element.focus({ preventScroll: true })
  return focused !== blurred && bottom >= 0 && top <= innerHeight
})()`
