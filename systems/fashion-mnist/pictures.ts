/** Figures as PNG, for tools that show the images of a run but not its pages. Letters need a font on the machine. */
import { type Heatmap, type LineChart, renderComponent } from 'millrace/report'
import sharp from 'sharp'

const TEXT = '#1b1f27'
const MARGIN = 16
/** What a chart's title takes. */
const HEADING = 40

/** The light colours of reports by the names of their variables. */
const colours: Readonly<Record<string, string>> = {
  '--series-1': '#0f4ecd',
  '--series-2': '#d37e13',
  '--heat': '#7aa5ee',
}

/** Charts below each other. */
export async function chartPicture(charts: readonly (LineChart | Heatmap)[]): Promise<Uint8Array> {
  const parts: string[] = []
  let [width, top] = [0, MARGIN]
  for (const chart of charts) {
    const svg = /<svg[^]*<\/svg>/.exec(await renderComponent(chart))![0]
    const size = { width: sideOf(svg, 'width'), height: sideOf(svg, 'height') }
    const placed = svg
      .replace('<svg', `<svg x="${MARGIN}" y="${top + HEADING}" overflow="visible"`)
      .replaceAll('currentColor', TEXT)
      .replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => colours[name] ?? TEXT)
    parts.push(`<text x="${MARGIN}" y="${top + 16}" font-size="15">${headingOf(chart)}</text>`, placed)
    width = Math.max(width, size.width)
    top += HEADING + size.height + MARGIN
  }
  return await png(width + 2 * MARGIN, top, parts)
}

/** An image with what it was taken for, and what it is. */
export interface Sample {
  readonly png: Uint8Array
  readonly answer: string
  readonly actual: string
}

const COLUMNS = 8
const CELL = { width: 128, height: 152 }

/** Images in rows of eight, each above its answer; wrong ones are red, with the truth below. */
export async function samplePicture(samples: readonly Sample[]): Promise<Uint8Array> {
  const parts = samples.map(({ png, answer, actual }, i) => {
    const [x, y] = [MARGIN + (i % COLUMNS) * CELL.width, MARGIN + Math.floor(i / COLUMNS) * CELL.height]
    const isRight = answer === actual
    return `<image x="${x}" y="${y}" width="112" height="112" href="data:image/png;base64,${Buffer.from(png).toString('base64')}"/>
      <text x="${x}" y="${y + 126}" fill="${isRight ? '#0f6e4f' : '#b3261e'}">${answer}</text>
      <text x="${x}" y="${y + 140}">${isRight ? '' : `is ${actual}`}</text>`
  })
  const rows = Math.ceil(samples.length / COLUMNS)
  return await png(COLUMNS * CELL.width + MARGIN, rows * CELL.height + MARGIN, parts)
}

/** The title; of several lines with their names in their colours. */
function headingOf(chart: LineChart | Heatmap): string {
  const { title = '' } = chart
  if (chart.kind === 'heatmap' || chart.series.length === 1) return title
  const names = chart.series.map(
    ({ name }, i) => `<tspan dx="8" fill="${colours[`--series-${i + 1}`] ?? TEXT}">${name}</tspan>`,
  )
  return `${title}:${names.join('')}`
}

function sideOf(svg: string, name: 'width' | 'height'): number {
  return Number(new RegExp(` ${name}="([\\d.]+)"`).exec(svg)![1])
}

/** Drawn twice as large, for screens that are. */
async function png(width: number, height: number, parts: readonly string[]): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${2 * width}" height="${2 * height}" font-family="sans-serif" font-size="12" fill="${TEXT}"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>`
  return await sharp(Buffer.from(svg)).png({ palette: true }).toBuffer()
}
