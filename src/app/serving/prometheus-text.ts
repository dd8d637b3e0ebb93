/** Reading the text in which programs tell Prometheus what they count. */

/** One number by its name and labels. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/**
 * The samples of a text in Prometheus' format 0.0.4, in its order. Comments, and lines that are no samples, are left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parsePrometheusText(text: string): readonly Sample[] {
  return text.split('\n').flatMap((row): Sample[] => {
    const [, name, labels = '', value = ''] = line.exec(row.trim()) ?? []
    return name === undefined ? [] : [{ name, labels: parseLabels(labels), value: parseValue(value) }]
  })
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from(text.matchAll(label), ([, name = '', value = '']) => [name, unescape(value)]))
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}

function parseValue(text: string): number {
  const [, sign, isInfinite] = /^([+-]?)(Inf)?/.exec(text)!
  return isInfinite === undefined ? Number(text) : sign === '-' ? -Infinity : Infinity
}
