/** The pages in a real browser. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../../../test/browser.ts'
import { type PenguinRegistry, penguinRegistry } from '../../../test/served-penguins.ts'
import { createModelServer, listen, type Listening } from '../index.ts'

const browser = await openBrowser()
afterAll(() => browser?.close())

describe.skipIf(browser === undefined)('in a browser (skipped without Chrome or Chromium)', () => {
  let registry: PenguinRegistry
  let listening: Listening

  beforeAll(async () => {
    registry = await penguinRegistry()
    await registry.promote(await registry.register({ epochs: 10 }))
    const models = [{ uri: 'models:/penguins@champion' }] as const
    listening = await listen(await createModelServer({ models, client: registry.client }), { port: 0 })
  })

  afterAll(async () => {
    await listening.close()
    await registry[Symbol.asyncDispose]()
  })

  interface Watched {
    readonly page: Page
    readonly problems: string[]
    readonly hosts: Set<string>
  }

  async function open(
    path: string,
    options: { colorScheme?: 'light' | 'dark'; width?: number } = {},
  ): Promise<Watched> {
    const { colorScheme = 'light', width = 1100 } = options
    const page = await browser!.newPage({ colorScheme, viewport: { width, height: 900 } })
    const problems: string[] = []
    const hosts = new Set<string>()
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.on('pageerror', ({ message }) => problems.push(message))
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    await page.goto(`${listening.url}${path}`)
    return { page, problems, hosts }
  }

  describe('the page that tries the model', () => {
    it('makes a form of the signature, predicts and shows how sure it is', async () => {
      const { page, problems, hosts } = await open('/')
      await page.getByRole('heading', { name: 'penguins, version 1' }).waitFor()
      const mass = page.getByLabel('body_mass_g')
      expect(await mass.getAttribute('type')).toBe('number')
      expect(await mass.inputValue()).toMatch(/^\d+$/)
      await mass.fill('5800')
      await page.getByLabel('flipper_length_mm').fill('230')
      await page.getByLabel('culmen_depth_mm').fill('14')
      await page.getByLabel('island').fill('Biscoe')
      await page.getByLabel('sex').fill('')
      await page.getByRole('button', { name: 'Predict' }).click()
      await page.locator('#prediction').waitFor()
      expect(await page.locator('#prediction').textContent()).toBe('Gentoo')
      expect(await page.locator('.bars dt').allTextContents()).toHaveLength(3)
      const shares = await page.locator('.bars dd:not(.bar)').allTextContents()
      expect(shares.map(parseFloat).reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0)
      expect(await page.locator('#curl').textContent()).toMatch(
        /^curl http.*\/predict[^]*"body_mass_g":5800.*"sex":null/,
      )
      expect([problems, hosts.size]).toEqual([[], 1])
      await page.close()
    })

    it('shows the request as a command that can be run', async () => {
      const { page } = await open('/')
      await page.locator('form:not([hidden])').waitFor()
      await page.getByLabel('island').fill('O\'Higgins \\ "x"')
      const command = (await page.locator('#curl').textContent())!
      const [, body = ''] = /-d '(.*)'$/s.exec(command)!
      // As a shell puts it together: quoted pieces, and escaped quotes between them.
      const sent = JSON.parse(body.replaceAll(String.raw`'\''`, "'")) as { island: string }
      expect(sent.island).toBe('O\'Higgins \\ "x"')
      await page.close()
    })

    it('can be filled with other examples, and used by keyboard alone', async () => {
      const { page } = await open('/')
      await page.locator('form:not([hidden])').waitFor()
      const island = page.getByLabel('culmen_length_mm')
      const before = await island.inputValue()
      await page.getByRole('button', { name: 'Another example' }).click()
      expect(await island.inputValue()).not.toBe(before)
      await island.focus()
      await page.keyboard.press('Enter')
      await page.locator('#prediction').waitFor()
      await page.close()
    })

    it('says what is wrong where the server refuses', async () => {
      const { page } = await open('/')
      await page.locator('form:not([hidden])').waitFor()
      await page.getByLabel('body_mass_g').fill('1e300')
      await page.getByRole('button', { name: 'Predict' }).click()
      await page.locator('.failed').waitFor()
      expect(await page.locator('.failed').textContent()).toContain('field "body_mass_g": expected a finite number')
      expect(await page.getByLabel('body_mass_g').getAttribute('aria-invalid')).toBe('true')
      await page.close()
    })
  })

  it('the reference lists every path', async () => {
    const { page, problems } = await open('/docs')
    await page.getByRole('heading', { name: '/predict' }).waitFor()
    expect(await page.locator('section').count()).toBeGreaterThan(7)
    expect(problems).toEqual([])
    await page.close()
  })

  it.each(
    ['/', '/docs'].flatMap((path) => [
      { path, width: 375, colorScheme: 'dark' as const },
      { path, width: 1200, colorScheme: 'light' as const },
    ]),
  )('$path fits a window $width px wide ($colorScheme)', async ({ path, ...options }) => {
    const { page } = await open(path, options)
    await page.locator('#title:not(:text("Model")):not(:text("Interface"))').waitFor()
    const scroll = await page.evaluate('document.documentElement.scrollWidth')
    expect(scroll).toBe(options.width)
    await page.close()
  })
})
