/** The page that asks the server, and runs the same model itself. */
import { bar, contextOf, make } from './elements.js'
import { loadServedModel } from './in-browser-model.js'
import { answerPictures, post, showModel } from './page.js'

/** @type {ReturnType<typeof loadServedModel> | undefined} */
let loading

answerPictures(
  async (picture, signal) => {
    const server = await post('classify', picture, signal)
    const model = await modelOf(server.version)
    const started = performance.now()
    const here = await model.classify(picture)
    return { model, server, here, milliseconds: performance.now() - started }
  },
  ({ model: { name, version, classes }, server, here, milliseconds }) => {
    const pairs = classes.map((name) => [server.probabilities[name], here.probabilities[name]])
    const largest = Math.max(...pairs.map(([there, here]) => Math.abs(there - here)))
    const rows = classes.map((name, i) => row(name, pairs[i]))
    return [
      make('p', { className: 'prediction' }, server.prediction),
      make('p', {}, 'Largest difference: ', make('strong', { id: 'difference' }, largest.toExponential(1))),
      make('table', {}, head('Class', 'Server', 'This browser'), make('tbody', {}, ...rows)),
      seen(here),
      make('p', { className: 'quiet' }, `${name}, version ${version}, run here in ${milliseconds.toFixed(0)} ms.`),
    ]
  },
)

/**
 * The model, loaded once; anew when the server has gone over to another version, or when that failed.
 *
 * @param {number | null} version
 */
async function modelOf(version) {
  const loaded = await (loading ??= loadServedModel()).catch(() => undefined)
  if (loaded?.version === version) return loaded
  return await (loading = loadServedModel())
}

/** @param {...string} names */
function head(...names) {
  return make('thead', {}, make('tr', {}, ...names.map((name) => make('th', { scope: 'col' }, name))))
}

/**
 * @param {string} name
 * @param {number[]} shares
 */
function row(name, shares) {
  const cells = shares.map((share) => make('td', {}, `${(100 * share).toFixed(4)} %`, bar(share)))
  return make('tr', {}, make('th', { scope: 'row' }, name), ...cells)
}

/**
 * The picture as the network gets it.
 *
 * @param {import('./in-browser-model.js').Answer} answer
 */
function seen({ pixels, shape: [channels, height, width] }) {
  const canvas = make('canvas', { width, height, className: 'seen', role: 'img', ariaLabel: 'What the network sees' })
  const image = new ImageData(width, height)
  const area = width * height
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * pixels[channels === 1 ? i : c * area + i]
    image.data[4 * i + 3] = 255
  }
  contextOf(canvas).putImageData(image, 0, 0)
  return make(
    'figure',
    {},
    canvas,
    make('figcaption', { className: 'quiet' }, `What the network sees: ${width}×${height}`),
  )
}

await showModel()
