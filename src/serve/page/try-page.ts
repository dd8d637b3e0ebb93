/**
 * The page at `/`: tries the model by a form made from its signature. It is one self-contained document that reads
 * `model_info` and asks `predict`; what comes from there is only ever set as text.
 */
import { pageStyle } from './page-style.ts'

const style = `
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 2.5rem; align-items: start; }
@media (max-width: 46rem) { main { grid-template-columns: minmax(0, 1fr); gap: 2rem; } }
form { display: grid; gap: 1.25rem; }
fieldset { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 12rem), 1fr)); gap: 1rem; padding: 0; border: 0; }
label { display: grid; gap: .25rem; font-size: .875rem; font-weight: 550; }
label small { color: var(--quiet); font-weight: 400; }
label > span { display: flex; justify-content: space-between; gap: .5rem; }
input {
  width: 100%; padding: .5rem .625rem; border: 1px solid var(--edge); border-radius: 8px; background: var(--surface);
  color: inherit; font: inherit; font-weight: 400; font-variant-numeric: tabular-nums;
}
input[aria-invalid="true"] { border-color: var(--failed); }
#picture { width: 8rem; border-radius: 8px; image-rendering: pixelated; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
.answer { display: grid; gap: 1rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--raised); min-height: 12rem; align-content: start; }
.answer output { font-size: 1.75rem; font-weight: 620; letter-spacing: -.01em; line-height: 1.2; }
.answer .note { font-size: .875rem; color: var(--quiet); }
.answer .failed { color: var(--failed); }
.bars { display: grid; gap: .625rem; }
.bars div { display: grid; grid-template-columns: 1fr auto; gap: .25rem .75rem; font-size: .875rem; }
.bars dd { font-variant-numeric: tabular-nums; }
.bar { grid-column: 1 / -1; height: .5rem; border-radius: 4px; background: var(--line); overflow: hidden; }
.bar > span { display: block; height: 100%; border-radius: 4px; background: var(--accent); }
.request { margin-top: 2.5rem; display: grid; gap: .75rem; }
.request > div { display: flex; justify-content: space-between; align-items: center; gap: 1rem; }
`

const script = `
const find = (id) => document.getElementById(id)
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

let info
let nextExample = 0
let takesImages = false

async function start() {
  const reply = await fetch('model_info')
  if (!reply.ok) throw new Error('The server answers with status ' + reply.status + '.')
  info = await reply.json()
  const title = info.version === null ? info.name : info.name + ', version ' + info.version
  document.title = title
  find('title').textContent = title
  const classes = info.classes.length === 0 ? 'Predicts a number' : 'Predicts one of ' + info.classes.join(', ')
  find('subtitle').textContent = classes + '. Served as ' + info.uri + '.'
  takesImages = info.inputs.some(({ type }) => type === 'image')
  find('example').hidden = takesImages
  find('fields').replaceChildren(...info.inputs.map(takesImages ? imageField : field))
  showExample()
  find('form').hidden = false
}

function exampleValues(name) {
  const position = info.input_example.columns.indexOf(name)
  return info.input_example.data.map((row) => row[position]).filter((value) => value !== null && value !== undefined)
}

function field({ name, type }, position) {
  const known = [...new Set(exampleValues(name).map(String))]
  const id = 'field-' + position
  const list = make('datalist', { id: id + '-list' }, ...known.map((value) => make('option', { value })))
  const input = make('input', { id, name, autocomplete: 'off' })
  input.setAttribute('list', list.id)
  if (type === 'double') Object.assign(input, { type: 'number', step: 'any', inputMode: 'decimal' })
  const kind = make('small', {}, type === 'double' ? 'number' : 'text')
  return make('label', { htmlFor: id }, make('span', {}, name, kind), input, list)
}

/** A file to choose, drop or paste. */
function imageField({ name, shape }) {
  const picture = make('img', { id: 'picture', alt: '', hidden: true })
  const input = make('input', { id: 'field-0', name, type: 'file', accept: 'image/*' })
  input.addEventListener('change', () => {
    picture.hidden = input.files.length === 0
    if (!picture.hidden) picture.src = URL.createObjectURL(input.files[0])
  })
  const kind = make('small', {}, shape[1] + ' × ' + shape[2] + (shape[0] === 1 ? ', grey' : ', coloured'))
  return make('label', { htmlFor: 'field-0' }, make('span', {}, name, kind), input, picture)
}

function showExample() {
  const rows = info.input_example.data
  if (rows.length === 0) return showRequest()
  const row = rows[nextExample++ % rows.length]
  info.input_example.columns.forEach((name, position) => {
    const input = find('form').elements.namedItem(name)
    if (input) input.value = row[position] ?? ''
  })
  showRequest()
}

/** What the form says; an empty field is a missing value. */
function rowOf() {
  return Object.fromEntries(info.inputs.map(({ name, type }, position) => {
    const text = find('field-' + position).value.trim()
    if (text === '') return [name, null]
    return [name, type === 'double' ? Number(text) : text]
  }))
}

function showRequest() {
  if (takesImages) return void (find('curl').textContent = 'curl ' + new URL('predict', location.href).href + ' -F file=@image.png')
  const body = JSON.stringify(rowOf()).replaceAll("'", "'\\\\''")
  const url = new URL('predict', location.href).href
  find('curl').textContent = "curl " + url + " \\\\\\n  -H 'Content-Type: application/json' \\\\\\n  -d '" + body + "'"
}

async function ask(event) {
  event.preventDefault()
  showRequest()
  const started = performance.now()
  for (const input of find('fields').querySelectorAll('input')) input.removeAttribute('aria-invalid')
  try {
    const reply = await fetch('predict', {
      method: 'POST',
      ...(takesImages
        ? { body: new FormData(find('form')) }
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(rowOf()) }),
    })
    const content = await reply.json()
    if (reply.ok) showAnswer(content, performance.now() - started)
    else showFailure(content.message ?? 'The server answers with status ' + reply.status + '.', content.errors ?? [])
  } catch (error) {
    showFailure('The server does not answer: ' + error.message, [])
  }
}

const percent = (share) => (100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 2 : 1) + ' %'

function showAnswer({ predictions: [answer], model }, elapsed) {
  const parts = [make('output', { id: 'prediction' }, String(answer.prediction))]
  if (answer.confidence !== undefined) {
    parts.push(make('p', { className: 'note' }, percent(answer.confidence) + ' sure'))
    const shares = Object.entries(answer.probabilities).sort(([, a], [, b]) => b - a)
    parts.push(make('dl', { className: 'bars' }, ...shares.map(bar)))
  }
  const version = model.version === null ? model.name : model.name + ', version ' + model.version
  parts.push(make('p', { className: 'note' }, 'Answered by ' + version + ' in ' + elapsed.toFixed(0) + ' ms.'))
  find('answer').replaceChildren(...parts)
}

function bar([name, share]) {
  const filled = make('span', {})
  filled.style.width = 100 * share + '%'
  const track = make('dd', { className: 'bar' }, filled)
  track.setAttribute('aria-hidden', 'true')
  return make('div', {}, make('dt', {}, name), make('dd', {}, percent(share)), track)
}

function showFailure(message, errors) {
  find('answer').replaceChildren(make('p', { className: 'failed' }, message))
  for (const { field } of errors) find('form').elements.namedItem(field)?.setAttribute('aria-invalid', 'true')
}

find('form').addEventListener('submit', ask)
find('form').addEventListener('input', showRequest)
find('example').addEventListener('click', showExample)
find('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(find('curl').textContent)
  find('copy').textContent = 'Copied'
  setTimeout(() => (find('copy').textContent = 'Copy'), 1500)
})
start().catch((error) => showFailure(error.message, []))
`

export const tryPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model</title>
<link rel="icon" href="data:,">
<style>${pageStyle}${style}</style>
</head>
<body>
<header>
<h1 id="title">Model</h1>
<p id="subtitle"></p>
<nav aria-label="More about this server">
<a href="docs">Interface</a><a href="model_info">Model as JSON</a><a href="metrics">Metrics</a><a href="openapi.json">OpenAPI</a>
</nav>
</header>
<main>
<form id="form" hidden novalidate>
<h2>Values</h2>
<fieldset id="fields" aria-label="Values of one row; an empty field is a missing value"></fieldset>
<div class="actions">
<button class="primary" type="submit">Predict</button>
<button id="example" type="button">Another example</button>
</div>
</form>
<section class="answer" id="answer" aria-live="polite" aria-label="Prediction">
<h2>Prediction</h2>
<p class="note">Fill in the values and press Predict. An empty field is a missing value.</p>
</section>
</main>
<section class="request">
<div><h2>The same request by curl</h2><button class="small" id="copy" type="button">Copy</button></div>
<pre id="curl" tabindex="0"></pre>
</section>
<script type="module">${script}</script>
</body>
</html>
`
