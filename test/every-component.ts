/** One component of each kind with `text` in every place where text can be, for what holds for all of them. */
import * as report from '../src/report/index.ts'

export function everyComponent(text: string): Record<string, report.Component> {
  const labels = { title: text, xLabel: text, yLabel: text, description: text }
  const points = { name: text, y: [1, 3, 2] }
  const past = { name: 'before', reference: true }
  return {
    markdown: report.markdown(`# ${text}\n\n*${text}* [${text}](#x) \`${text}\`\n\n|a|\n|-|\n|${text}|`),
    table: report.table({
      columns: [text, 'n'],
      rows: [
        [text, 1.5],
        [report.badge(text), 2],
      ],
      caption: text,
    }),
    image: report.columns([report.image(dot, text), report.markdown(text)]),
    progressBar: report.progressBar({ label: text, value: 0.4 }),
    valueBox: report.valueBox({ title: text, value: text, detail: text, status: 'ok' }),
    badge: report.badge(text, 'warning'),
    json: report.json({ [text]: text.replaceAll('"', '') }),
    artifact: report.artifact(text),
    code: report.code(text, text),
    errorBox: report.errorBox(new Error(text)),
    timeline: report.timeline([{ time: new Date(0), title: text, detail: text, status: 'failed' }]),
    graph: report.graph({
      nodes: [{ id: text, label: text, detail: text, status: 'ok' }, { id: 'b' }],
      edges: [
        [text, 'b'],
        ['b', text],
      ],
    }),
    section: report.section(text, [report.section(text, [report.markdown(text)], { open: false })], { id: text }),
    columns: report.columns([report.code(text), report.valueBox({ title: text, value: 12_345.678 })]),
    lineChart: report.lineChart([points, { ...past, y: [2, 2, NaN] }], labels),
    scatterChart: report.scatterChart([points, { ...past, x: [0, 1], y: [2, 2] }], labels),
    barChart: report.barChart(
      {
        categories: [text, 'b'],
        series: [
          { name: text, values: [1, 2] },
          { ...past, values: [2, 1] },
        ],
      },
      labels,
    ),
    histogram: report.histogram(
      [
        { name: text, values: [1, 2, 2, 3] },
        { ...past, values: [2, 2, 1] },
      ],
      labels,
    ),
    heatmap: report.heatmap(
      {
        rows: [text, 'b'],
        columns: [text, 'b'],
        values: [
          [5, -1],
          [NaN, 4],
        ],
      },
      labels,
    ),
  }
}

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
