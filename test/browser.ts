/** A real browser for tests of pages: the one that is installed, else the packaged Chromium (Linux on x64). */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { z } from 'zod'

/**
 * Opens a browser without a window, or gives undefined where there is none. Close it at the end.
 *
 * `MILLRACE_BROWSER` names the program of a Chrome or Chromium to use; by default it is looked for.
 */
export async function openBrowser(): Promise<Browser | undefined> {
  const named = process.env['MILLRACE_BROWSER']
  if (named !== undefined) return chromium.launch({ executablePath: named })
  for (const channel of ['chrome', 'msedge']) {
    const browser = await chromium.launch({ channel }).catch(() => undefined)
    if (browser !== undefined) return browser
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  return openPackaged().catch((error: unknown) => {
    process.stderr.write(`The packaged Chromium does not start: ${String(error)}\n`)
    return undefined
  })
}

async function openPackaged(): Promise<Browser> {
  const folder = await unpackChromium()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: ['--font-render-hinting=none', '--disable-gpu'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts', 'fonts.conf'),
    },
  })
}

/**
 * The folder with Chromium, its libraries and a font. It is unpacked once, under another name until it is complete,
 * because tests in other processes may do the same at this moment.
 */
async function unpackChromium(): Promise<string> {
  const place = join(tmpdir(), `millrace-chromium-${await packagedVersion()}`)
  if (existsSync(place)) return place
  const folder = await mkdtemp(`${place}-`)
  try {
    // The package unpacks into the folder for temporary files, and with this variable brings the libraries too.
    const env = { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
    const unpack = `await (await import(${JSON.stringify(packageEntry)})).default.executablePath()`
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], { env })
    await writeFile(join(folder, 'fonts', 'fonts.conf'), fontConfiguration(place))
    await rename(folder, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error
    })
    return place
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function packagedVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', packageEntry), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

const packageEntry = import.meta.resolve('@sparticuz/chromium')

function fontConfiguration(place: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(place, 'fonts', 'fonts')}</dir>
  <cachedir>${join(place, 'cache')}</cachedir>
</fontconfig>
`
}
