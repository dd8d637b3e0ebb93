/** Reports in a real browser: both themes, a phone, paper. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openBrowser } from '../../test/browser.ts'
import { everyComponent } from '../../test/every-component.ts'
import { columns, renderDocument, section, table, valueBox } from './index.ts'

const browser = await openBrowser()
afterAll(() => browser?.close())

describe.skipIf(browser === undefined)('a report in a browser (skipped without Chrome or Chromium)', () => {
  let folder = ''
  let address = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-report-'))
    const file = join(folder, 'report.html')
    await writeFile(file, await wideDocument())
    address = pathToFileURL(file).href
  })
  afterAll(() => rm(folder, { recursive: true }))

  describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
    it('has text that stands out from what is behind it', async () => {
      await using page = await open({ colorScheme, width: 1200 })
      expect(await luminanceOf(page, 'surface')).toBeCloseTo(colorScheme === 'light' ? 1 : 0.01, 1)
      const texts = textColors.parse(await page.evaluate(colorsOfTexts))
      expect(texts.length).toBeGreaterThan(100)
      expect(texts.filter(({ front, behind }) => contrast(luminance(front), luminance(behind)) < 4.5)).toEqual([])
    })

    it('has series that stand out from the surface, and cells of heatmaps from which text does', async () => {
      await using page = await open({ colorScheme, width: 1200 })
      const surface = await luminanceOf(page, 'surface')
      const series = ['reference', '1', '2', '3', '4', '5', '6']
      for (const name of series) expect(contrast(await luminanceOf(page, `series-${name}`), surface)).toBeGreaterThan(3)
      const text = await luminanceOf(page, 'text')
      for (const name of ['heat', 'heat-negative']) {
        expect(contrast(await luminanceOf(page, name), text)).toBeGreaterThan(4.5)
      }
    })
  })

  it('loads nothing, runs nothing and complains of nothing', async () => {
    await using page = await open({ width: 1200 })
    expect(page.requested.filter((url) => !url.startsWith('data:image/'))).toEqual([address])
    expect(page.messages).toEqual([])
    expect(await page.evaluate('document.scripts.length')).toBe(0)
  })

  it.each([375, 768, 1600])('fits a window %d px wide, tables scrolling by themselves', async (width) => {
    await using page = await open({ width })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    const table = page.getByRole('region', { name: 'wide table' })
    expect(await table.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true)
  })

  it('is read out by landmarks, headings and names', async () => {
    await using page = await open({ width: 1200 })
    await expect(page.getByRole('main').count()).resolves.toBe(1)
    await expect(page.getByRole('heading', { level: 1, name: 'A report' }).count()).resolves.toBe(1)
    await expect(page.getByRole('navigation', { name: 'Contents' }).getByRole('link').count()).resolves.toBe(4)
    await expect(page.getByRole('img', { name: 'Ünïcode' }).count()).resolves.toBeGreaterThanOrEqual(5)
    await expect(page.getByRole('progressbar').count()).resolves.toBe(1)
  })

  it('unfolds, and follows its links, without a script', async () => {
    await using page = await open({ width: 1200 })
    const hidden = page.getByText('folded away')
    expect(await hidden.isVisible()).toBe(false)
    await page.getByText('Folded', { exact: true }).last().click()
    expect(await hidden.isVisible()).toBe(true)
    await page.getByRole('navigation').getByRole('link', { name: 'Folded' }).click()
    expect(await page.evaluate(`document.querySelector(':target').tagName`)).toBe('DETAILS')
  })

  it('prints light, unfolded and with nothing cut off', async () => {
    await using page = await open({ colorScheme: 'dark', width: 720 })
    await page.emulateMedia({ media: 'print' })
    expect(await luminanceOf(page, 'surface')).toBeCloseTo(1, 5)
    expect(await page.getByText('folded away').isVisible()).toBe(true)
    const scrolling = await page.evaluate(
      `[...document.querySelectorAll('.scroll, pre')].filter((box) => getComputedStyle(box).overflowX !== 'visible').length`,
    )
    expect(scrolling).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(720)
    const paper = await page.pdf({ format: 'A4' })
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-')
  })

  async function open(options: { width: number; colorScheme?: 'light' | 'dark' }): Promise<WatchedPage> {
    if (browser === undefined) throw new Error('no browser')
    const { width, colorScheme = 'light' } = options
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
    const requested: string[] = []
    const messages: string[] = []
    page.on('request', (request) => requested.push(request.url()))
    page.on('console', (message) => messages.push(message.text()))
    page.on('pageerror', (error) => messages.push(error.message))
    await page.goto(address)
    return Object.assign(page, { requested, messages })
  }
})

type WatchedPage = Page & { readonly requested: string[]; readonly messages: string[] }

/** A document of every component, with more than fits: long words, a wide table, a folded section. */
async function wideDocument(): Promise<string> {
  const { lineChart, barChart, ...parts } = everyComponent('Ünïcode & <b>')
  const titles = Array.from({ length: 14 }, (_, i) => `a rather long column title ${i}`)
  return renderDocument({
    title: 'A report',
    subtitle: 'a-very-long-word-'.repeat(20),
    components: [
      columns([1, 2, 3, 4, 5].map((value) => valueBox({ title: `Value ${value}`, value, status: 'warning' }))),
      section(
        'Parts',
        Object.values(parts).filter(({ kind }) => kind !== 'section'),
      ),
      section('Charts', [columns([lineChart, barChart].filter((chart) => chart !== undefined))]),
      section('Table', [table({ columns: titles, rows: [titles.map((_, i) => i)], caption: 'wide table' })]),
      section('Folded', [{ kind: 'markdown', text: 'folded away' }], { open: false }),
    ],
  })
}

/** The luminance of a colour variable of the page as it is shown now. */
async function luminanceOf(page: Page, variable: string): Promise<number> {
  await page.evaluate(`document.body.style.outlineColor = 'var(--${variable})'`)
  return luminance(z.string().parse(await page.evaluate('getComputedStyle(document.body).outlineColor')))
}

/** The relative luminance of WCAG 2, 0 to 1, of `rgb(r, g, b)`. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map((channel) => {
    const share = Number(channel) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

/** The colours of each text and of the nearest background behind it. It runs in the page, which has other globals. */
const colorsOfTexts = `
  [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''))
    .map((element) => {
      const { color, fill } = getComputedStyle(element)
      let back = element
      while (getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)') back = back.parentElement
      const behind = getComputedStyle(back).backgroundColor
      return { front: element.closest('svg') === null ? color : fill, behind, markup: element.outerHTML.slice(0, 80) }
    })`

const textColors = z.array(z.object({ front: z.string(), behind: z.string(), markup: z.string() }))
