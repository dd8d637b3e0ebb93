/** The page at `/docs`: the server's OpenAPI document, to be read. Self-contained, as the page at `/` is. */
import { pageStyle } from './page-style.ts'

const style = `
section { padding: 1.25rem 0; border-top: 1px solid var(--line); display: grid; gap: .625rem; }
section h2 code { font-size: 1rem; }
section p { color: var(--quiet); font-size: .9375rem; }
.method { display: inline-block; min-width: 3.25rem; color: var(--accent); }
`

const script = `
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

function operation(path, method, { summary, 'x-example': example }) {
  const name = make('code', {}, make('span', { className: 'method' }, method.toUpperCase()), ' ' + path)
  const parts = [make('h2', {}, name), make('p', {}, summary)]
  if (example !== undefined) {
    const url = new URL(path.slice(1), location.href).href
    const command = "curl " + url + " \\\\\\n  -H 'Content-Type: application/json' \\\\\\n  -d '" + example.replaceAll("'", "'\\\\''") + "'"
    parts.push(make('pre', { tabIndex: 0 }, command))
  }
  return make('section', {}, ...parts)
}

const { info, paths } = await (await fetch('openapi.json')).json()
document.title = info.title
document.getElementById('title').textContent = info.title
document.getElementById('subtitle').textContent = info.description
document.getElementById('operations').append(
  ...Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, details]) => operation(path, method, details)),
  ),
)
`

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interface</title>
<link rel="icon" href="data:,">
<style>${pageStyle}${style}</style>
</head>
<body>
<header>
<h1 id="title">Interface</h1>
<p id="subtitle"></p>
<nav aria-label="More about this server"><a href="./">Try the model</a><a href="openapi.json">OpenAPI as JSON</a></nav>
</header>
<main id="operations"></main>
<script type="module">${script}</script>
</body>
</html>
`
