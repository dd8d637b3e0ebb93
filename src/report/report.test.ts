/** What holds for every component: outside text stays text, nothing is loaded, the markup is sound. */
import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { everyComponent } from '../../test/every-component.ts'
import {
  artifact,
  badge,
  code,
  columns,
  errorBox,
  image,
  json,
  markdown,
  progressBar,
  renderComponent,
  renderDocument,
  section,
  table,
  timeline,
  valueBox,
} from './index.ts'

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`

describe.each(Object.entries(everyComponent(hostile)))('%s', (_, component) => {
  it('shows hostile text as text', async () => {
    const { document } = await parsed(component)
    expect(document.querySelectorAll('script, link, iframe, object, embed, base, form')).toHaveLength(0)
    const names = [...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames())
    expect(names.filter((name) => name.startsWith('on'))).toEqual([])
    expect(document.body.textContent).toContain('<script>alert')
  })

  it('loads nothing from elsewhere', async () => {
    const text = await renderComponent(component)
    const { document } = await parsed(component)
    const sources = [...document.querySelectorAll('[src]')].map((element) => element.getAttribute('src'))
    expect(sources.filter((source) => !source?.startsWith('data:image/'))).toEqual([])
    expect(document.querySelectorAll('[srcset], [background], [xlink\\:href], use, image')).toHaveLength(0)
    expect(text).not.toMatch(/url\(|@import/)
  })

  it('closes what it opens', async () => {
    expect(unbalanced(await renderComponent(component))).toEqual([])
  })
})

describe('a document', () => {
  it('holds all of them and is self-contained', async () => {
    const text = await renderDocument({
      title: hostile,
      subtitle: hostile,
      components: Object.values(everyComponent(hostile)),
      generatedAt: new Date(0),
      refreshSeconds: 5,
    })
    expect(unbalanced(text)).toEqual([])
    expect(text).not.toMatch(/<script|<link|url\(|@import/)
    expect(text).toContain(`default-src 'none'`)
    const { document } = parseHTML(text)
    expect(document.title).toBe(hostile)
    expect(document.querySelector('h1')?.textContent).toBe(hostile)
    expect(document.querySelector('header')?.textContent).toContain('1970-01-01 00:00:00 UTC')
    expect(document.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content')).toBe('5')
  })

  it('lists its sections, each with an anchor of its own', async () => {
    const components = [
      section('Data', []),
      section('Data', []),
      section('???', []),
      section('Ünïcode & more', [], { id: 'Own id' }),
    ]
    const { document } = parseHTML(await renderDocument({ title: 't', components }))
    const links = [...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href') ?? '')
    expect(links).toHaveLength(4)
    const targets = links.map((link) => document.getElementById(decodeURIComponent(link.slice(1)))?.textContent.trim())
    expect(targets).toEqual(['Data', 'Data', '???', 'Ünïcode & more'])
    expect(links).toEqual(['#data', '#data-2', '#section', '#Own-id'])
  })

  it('has headings in steps of one level', async () => {
    const inner = section('Inner', [markdown('# From markdown\n\n## Deeper')], { open: false })
    const { document } = parseHTML(await renderDocument({ title: 't', components: [section('Outer', [inner])] }))
    const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((heading) => heading.tagName)
    expect(levels).toEqual(['H1', 'H2', 'H3', 'H4', 'H5'])
    expect(document.querySelector('details')?.hasAttribute('open')).toBe(false)
  })
})

describe('markdown', () => {
  it.each([
    ['[x](javascript:alert(1))', 'x'],
    ['[x](<java\nscript:alert(1)>)', 'java'],
    ['[x](JaVaScRiPt:alert(1))', 'x'],
    ['[x](&#106;avascript:alert(1))', 'x'],
    ['[x](data:text/html,<script>1</script>)', 'x'],
    ['[x](vbscript:x)', 'x'],
    ['[x](//evil.example/a)', 'x'],
    ['![x](http://evil.example/a.png)', 'x'],
    ['<a href="javascript:alert(1)">x</a>', 'x'],
    ['<svg/onload=alert(1)>', 'svg'],
  ])('%s leaves no link and no picture', async (text, shown) => {
    const { document } = await parsed(markdown(text))
    expect(document.querySelectorAll('a, img, svg')).toHaveLength(0)
    expect(document.body.textContent).toContain(shown)
  })

  it('keeps safe links, pictures in the text, tables and lists', async () => {
    const text =
      '[a](https://a.example/?q=1&r=2) [b](#part) ![dot](data:image/png;base64,AA==)\n\n|n|\n|-:|\n|1|\n\n- [x] y'
    const { document } = await parsed(markdown(text))
    expect([...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual([
      'https://a.example/?q=1&r=2',
      '#part',
    ])
    expect(document.querySelector('img')?.getAttribute('alt')).toBe('dot')
    expect(document.querySelector('td')?.className).toBe('n')
    expect(document.querySelector('li input')?.hasAttribute('disabled')).toBe(true)
  })
})

describe('a table', () => {
  it('sets numbers to the right with as many decimals as the column needs', async () => {
    const rows = [
      ['a', 0.5, 12_345, true, null, 1n],
      ['b', 1e-9, 7, false, new Date(0), 2n],
      ['c', -0.1234, NaN, undefined, 'text', 3n],
    ]
    const { document } = await parsed(table({ columns: ['name', 'x', 'n', 'flag', 'mixed', 'big'], rows }))
    const cells = [...document.querySelectorAll('tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    )
    expect(cells).toEqual([
      ['a', '0.5000', '12,345', 'yes', '', '1'],
      ['b', '1.00e-9', '7', 'no', '1970-01-01 00:00:00 UTC', '2'],
      ['c', '−0.1234', 'NaN', '', 'text', '3'],
    ])
    const aligned = [...document.querySelectorAll('tbody tr:first-child > *')].map((cell) => cell.className === 'n')
    expect(aligned).toEqual([false, true, true, false, false, true])
  })

  it('names its rows and columns for those who do not see it', async () => {
    const { document } = await parsed(table({ columns: ['a', 'b'], rows: [['x', 1]], caption: 'Scores' }))
    expect([...document.querySelectorAll('th')].map((cell) => cell.getAttribute('scope'))).toEqual([
      'col',
      'col',
      'row',
    ])
    expect(document.querySelector('caption')?.textContent).toBe('Scores')
    expect(document.querySelector('[role="region"]')?.getAttribute('aria-label')).toBe('Scores')
  })

  it('shows percentages, given decimals and nested components', async () => {
    const columns = [
      { title: 'name' },
      { title: 'share', percent: true },
      { title: 'x', decimals: 1 },
      { title: 'state' },
    ]
    const { document } = await parsed(table({ columns, rows: [['a', 0.1234, 2.25, badge('fine', 'ok')]] }))
    const cells = [...document.querySelectorAll('tbody tr > *')].map((cell) => cell.textContent.trim())
    expect(cells).toEqual(['a', '12.3%', '2.3', 'fine'])
    expect(document.querySelector('td .badge.ok [role="img"]')?.getAttribute('aria-label')).toBe('ok')
  })

  it('is cut at the limit and says so; five hundred rows take few bytes', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => [`row ${i}`, i / 7, i])
    const text = await renderComponent(table({ columns: ['name', 'x', 'n'], rows, maxRows: 500 }))
    expect(text.match(/<tr>/g)).toHaveLength(501)
    expect(text).toContain('The first 500 of 1500 rows.')
    expect(text.length).toBeLessThan(500 * 110)
  })

  it('refuses a row that does not fit', () => {
    expect(() => table({ columns: ['a', 'b'], rows: [['x', 1], ['y']] })).toThrow('row 2 has 1 cells')
  })
})

describe('the other components', () => {
  it('tell how far something is', async () => {
    const { document } = await parsed(columns([progressBar({ label: 'rows', value: 3, max: 12 })]))
    const bar = document.querySelector('[role="progressbar"]')
    expect(bar?.getAttribute('aria-valuenow')).toBe('3')
    expect(bar?.getAttribute('aria-label')).toBe('rows')
    expect(document.querySelector('.track > div')?.getAttribute('style')).toBe('width:25.0%')
    expect(document.body.textContent).toContain('3 of 12')
  })

  it.each([
    [-1, 'width:0.0%'],
    [7, 'width:100.0%'],
    [NaN, 'width:0.0%'],
  ])('keep a progress of %d within its bar', async (value, style) => {
    const { document } = await parsed(progressBar({ label: 'x', value }))
    expect(document.querySelector('.track > div')?.getAttribute('style')).toBe(style)
  })

  it('tell a verdict without colour', async () => {
    const { document } = await parsed(valueBox({ title: 'AUC', value: 0.91234, status: 'failed', detail: 'low' }))
    expect(document.querySelector('.value [role="img"]')?.getAttribute('aria-label')).toBe('failed')
    expect(document.body.textContent.replaceAll(/\s+/g, ' ').trim()).toBe('AUC 0.91234 low')
  })

  it('show events with their times', async () => {
    const { document } = await parsed(
      timeline([
        { time: new Date(1000), title: 'start' },
        { time: new Date(NaN), title: 'odd' },
      ]),
    )
    expect(document.querySelector('time')?.getAttribute('datetime')).toBe('1970-01-01T00:00:01.000Z')
    expect(document.querySelectorAll('li')).toHaveLength(2)
  })

  it('show an error with its message, stack and cause', async () => {
    const { document } = await parsed(errorBox(new TypeError('no\u001b[31mway', { cause: new Error('below') })))
    expect(document.querySelector('strong')?.textContent).toContain('TypeError')
    expect(document.querySelector('.message')?.textContent).toBe('noway')
    expect(document.querySelector('pre')?.textContent).toMatch(/at .*report\.test[^]*below/)
  })

  it.each([['text'], [undefined], [{ code: 3 }]])('show %j that was thrown', async (thrown) => {
    const { document } = await parsed(errorBox(thrown))
    expect(document.querySelector('.message')?.textContent).not.toBe('')
  })

  it('show values as they were when they were added', () => {
    const values = { list: [1, 2], big: 3n, map: new Map([['a', NaN]]), bytes: new Uint8Array(2) }
    const shown = json(values)
    values.list.push(3)
    expect(JSON.parse(shown.text)).toEqual({ list: [1, 2], big: '3', map: { a: 'NaN' }, bytes: [0, 0] })
    expect(json(undefined).text).toBe('undefined')
    expect(artifact(new Map([['a', new Float32Array(300)]])).text).toContain('200 more items')
  })

  it.each([
    ['png', Buffer.from('89504e470d0a1a0a', 'hex')],
    ['jpeg', Buffer.from('ffd8ffe0', 'hex')],
    ['gif', Buffer.from('GIF89a')],
    ['webp', Buffer.from('RIFF0000WEBP')],
    ['svg+xml', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ])('keep a %s picture inside', async (type, bytes) => {
    const { document } = await parsed(image(bytes, 'a picture'))
    const source = document.querySelector('img')?.getAttribute('src') ?? ''
    expect(source.startsWith(`data:image/${type};base64,`)).toBe(true)
    expect(Buffer.from(source.split(',')[1] ?? '', 'base64').equals(bytes)).toBe(true)
  })

  it.each([['http://a.example/x.png'], ['javascript:alert(1)'], ['data:text/html,x'], [Buffer.from('plain text')]])(
    'refuse %s as a picture',
    (source) => {
      expect(() => image(source, 'x')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    },
  )

  it('keep code as it is', async () => {
    const { document } = await parsed(code('  if (a < b && c) {\n\treturn "x"\n', 'ts'))
    expect(document.querySelector('code')?.textContent).toBe('  if (a < b && c) {\n\treturn "x"\n')
  })
})

async function parsed(component: Parameters<typeof renderComponent>[0]): Promise<{ document: Document }> {
  return parseHTML(`<!doctype html><html><body>${await renderComponent(component)}</body></html>`)
}

type Document = ReturnType<typeof parseHTML>['document']

/** The tags that are not closed, or closed where another is open. */
function unbalanced(markup: string): string[] {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, slash, name = '', rest = ''] of markup.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/gi,
  )) {
    if (['meta', 'img', 'br', 'hr', 'input'].includes(name) || rest.endsWith('/')) continue
    if (slash === '') open.push(name)
    else if (open.at(-1) === name) open.pop()
    else wrong.push(name)
  }
  return [...open, ...wrong]
}
