/** The pages of the app, in a real browser. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../../test/browser.ts'
import { type ServedFashion, serveFashion } from '../../test/served-fashion.ts'
import { accessibilityFaults } from '../../test/web/accessibility.ts'

const samples = join(import.meta.dirname, 'app', 'samples')
const browser = await openBrowser()
afterAll(() => browser?.close())

describe.skipIf(browser === undefined)('in a browser (skipped without Chrome or Chromium)', () => {
  let served: ServedFashion

  beforeAll(async () => {
    served = await serveFashion()
  }, 60_000)

  afterAll(async () => await served[Symbol.asyncDispose]())

  /** Does something on a page, which must neither complain nor ask another host. */
  async function visit(path: string, work: (page: Page) => Promise<void>, viewport = { width: 1200, height: 1000 }) {
    const page = await browser!.newPage({ viewport })
    const problems: string[] = []
    page.on('pageerror', ({ message }) => problems.push(message))
    page.on('console', (message) => {
      // The browser itself notes every answer 400.
      if (message.type() === 'error' && !message.text().includes('status of 400')) problems.push(message.text())
    })
    page.on('request', (request) => {
      if (!/^(blob:)?http:\/\/127\.0\.0\.1:/.test(request.url())) problems.push(request.url())
    })
    await page.goto(`${served.url}${path}`)
    await page.getByText('version 1 · champion · right about 87.5 %').waitFor()
    await work(page)
    expect(problems).toEqual([])
    await page.close()
  }

  async function serverSays(picture: Buffer): Promise<string> {
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(picture)]))
    const reply = await fetch(`${served.url}/predict`, { method: 'POST', body: form })
    return ((await reply.json()) as { prediction: string; confidence: string }).confidence
  }

  describe('the page for uploads', () => {
    it('answers pictures that are chosen, dropped, pasted or taken from the samples', async () => {
      await visit('/', async (page) => {
        const isAnswered = async (name: string): Promise<void> =>
          await page.getByText(`${await serverSays(await sample(name))} sure`).waitFor()
        await choose(page, 'bag.png', await sample('bag'))
        await isAnswered('bag')
        expect(await page.getByRole('list', { name: 'The five most likely' }).getByRole('listitem').count()).toBe(5)
        await hand(page, 'drop', await sample('trouser'))
        await isAnswered('trouser')
        await hand(page, 'paste', await sample('sandal'))
        await isAnswered('sandal')
        await page.getByRole('button', { name: 'Dress' }).focus()
        await page.keyboard.press('Enter')
        await isAnswered('dress')
      })
    })

    it('answers every stroke of a drawing, and takes strokes back', async () => {
      await visit('/', async (page) => {
        const pad = page.getByRole('img', { name: /Drawing pad/ })
        const ink = async (): Promise<number> =>
          await page.evaluate(
            `document.querySelector('drawing-pad canvas').getContext('2d').getImageData(140, 140, 1, 1).data[0]`,
          )
        expect(await ink()).toBe(255)
        await stroke(page, [60, 60], [220, 60], [220, 220], [60, 220])
        await page.locator('.prediction').waitFor()
        expect(await ink()).toBe(70)
        await page.getByLabel('Brush', { exact: true }).check()
        await page.getByLabel('Shade').fill('0')
        await stroke(page, [100, 140], [180, 140])
        expect(await ink()).toBe(0)
        await page.getByRole('button', { name: 'Undo' }).click()
        expect(await ink()).toBe(70)
        await page.getByRole('button', { name: 'Clear' }).click()
        expect(await ink()).toBe(255)
        expect(await page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true)
        expect(await pad.isVisible()).toBe(true)
      })
    })

    it('says beside the picture what is wrong with it', async () => {
      await visit('/', async (page) => {
        await choose(page, 'notes.txt', Buffer.from('no picture'))
        await page.getByText('cannot be decoded').waitFor()
        expect(await accessibilityFaults(page)).toEqual([])
        await page.getByRole('button', { name: 'Coat' }).click()
        await page.locator('.prediction').waitFor()
        expect(await page.getByRole('alert').count()).toBe(0)
      })
    })
  })

  describe('the page that runs the model itself', () => {
    it('gives the answers of the server, of each version that the server has', { timeout: 60_000 }, async () => {
      await visit('/browser.html', async (page) => {
        const difference = async (): Promise<number> => Number(await page.locator('#difference').textContent())
        const tries: readonly (readonly [work: () => Promise<void>, most: number])[] = [
          ...['T-shirt', 'Trouser', 'Sandal', 'Ankle boot'].map(
            (name) => [async () => await page.getByRole('button', { name, exact: true }).click(), 1e-5] as const,
          ),
          [async () => await choose(page, 'photo.jpg', await photo()), 1e-4],
          [async () => await choose(page, 'transparent.png', await transparent()), 1e-4],
          [async () => await stroke(page, [30, 200], [150, 120], [240, 120], [240, 240], [30, 240]), 1e-5],
        ]
        for (const [work, most] of tries) {
          await answered(page, work)
          expect(await difference()).toBeLessThan(most)
        }
        expect(await page.getByRole('row').count()).toBe(11)
        expect(await accessibilityFaults(page)).toEqual([])

        await served.promoteAnother()
        await expect
          .poll(async () => await (await fetch(`${served.url}/model.json`)).json())
          .toMatchObject({ version: 2 })
        await answered(page, async () => await page.getByRole('button', { name: 'Bag' }).click())
        expect(await page.getByText('version 2, run here').count()).toBe(1)
        expect(await difference()).toBeLessThan(1e-5)
      })
    })
  })
})

/** Does something, and waits for the next answer. */
async function answered(page: Page, work: () => Promise<void>): Promise<void> {
  await page.evaluate(`{
    const answer = document.getElementById('answer')
    window.answered = new Promise((done) => new MutationObserver(done).observe(answer, { childList: true }))
    void 0 // or the promise would be waited for here
  }`)
  await work()
  await page.evaluate('window.answered.then(() => undefined)')
}

/** Draws from point to point of the pad. */
async function stroke(page: Page, ...points: readonly (readonly [x: number, y: number])[]): Promise<void> {
  const pad = page.getByRole('img', { name: /Drawing pad/ })
  await pad.scrollIntoViewIfNeeded()
  const { x: left, y: top } = (await pad.boundingBox())!
  for (const [i, [x, y]] of points.entries()) {
    await page.mouse.move(left + x, top + y, { steps: 3 })
    if (i === 0) await page.mouse.down()
  }
  await page.mouse.up()
}

/** Chooses a file by the field for it. */
async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByLabel('Choose a picture').setInputFiles({ name, mimeType: 'image/png', buffer })
}

/** Gives a file as somebody who drags it over the page, or pastes it, does. */
async function hand(page: Page, type: 'drop' | 'paste', picture: Buffer): Promise<void> {
  const script = `
    const transfer = new DataTransfer()
    const bytes = Uint8Array.from(atob('${picture.toString('base64')}'), (c) => c.charCodeAt(0))
    transfer.items.add(new File([bytes], 'x.png', { type: 'image/png' }))
    const event = '${type}' === 'drop'
      ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
      : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true })
    document.body.dispatchEvent(event)`
  await page.evaluate(script)
}

async function sample(name: string): Promise<Buffer> {
  return await readFile(join(samples, `${name}.png`))
}

/** A sample as on a photograph: coloured, larger, compressed with loss. */
async function photo(): Promise<Buffer> {
  const enlarged = sharp(join(samples, 'sneaker.png')).resize(401, 300)
  return await enlarged.extend({ top: 90, background: '#eee' }).jpeg().toBuffer()
}

/** Half transparent inside, wholly outside. */
async function transparent(): Promise<Buffer> {
  const half = { r: 9, g: 80, b: 20, alpha: 0.5 }
  return await sharp({ create: { width: 90, height: 60, channels: 4, background: half } })
    .extend({ left: 40, right: 40, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer()
}
