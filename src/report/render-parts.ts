/** Renders the small components, each by one template. */
import type { Badge, Code, ErrorBox, Image, ProgressBar, Status, Timeline, ValueBox } from './component.ts'
import { formatNumber, formatPercent, formatTime } from './format.ts'
import { type Html, markup } from './html.ts'

export function renderImage({ dataUri, alt }: Image): Html {
  return markup`<img src="${dataUri}" alt="${alt}">`
}

export function renderProgressBar({ label, value, max }: ProgressBar): Html {
  const share = Math.min(1, Math.max(0, value / max || 0))
  const amount = max === 1 ? formatPercent(share, 0) : `${formatNumber(value)} of ${formatNumber(max)}`
  return markup`<div class="progress">
    <span>${label}</span><span class="amount">${amount}</span>
    <div class="track" role="progressbar" aria-label="${label}" aria-valuenow="${value}" aria-valuemin="0" aria-valuemax="${max}">
      <div style="width:${formatShare(share)}"></div>
    </div>
  </div>`
}

export function renderValueBox({ title, value, detail, status }: ValueBox): Html {
  const text = typeof value === 'number' ? formatNumber(value) : value
  return markup`<div class="value-box${status !== undefined && ` ${status}`}">
    <p class="title">${title}</p>
    <p class="value">${renderSign(status)}${text}</p>
    ${detail !== undefined && markup`<p class="note">${detail}</p>`}
  </div>`
}

export function renderBadge({ text, status }: Badge): Html {
  return markup`<span class="badge${status !== undefined && ` ${status}`}">${renderSign(status)}${text}</span>`
}

export function renderCode({ text, language }: Code): Html {
  return markup`<pre tabindex="0"${language !== undefined && markup` aria-label="${language}"`}><code>${text}</code></pre>`
}

export function renderErrorBox({ name, message, stack }: ErrorBox): Html {
  return markup`<div class="error-box" role="group" aria-label="Error">
    <p><strong>${renderSign('failed')}${name}</strong></p>
    <p class="message">${message}</p>
    ${
      stack !== undefined &&
      markup`<details>
        <summary>Stack</summary>
        <pre tabindex="0"><code>${stack}</code></pre>
      </details>`
    }
  </div>`
}

export function renderTimeline({ events }: Timeline): Html {
  const items = events.map(
    ({ time, title, detail, status }) =>
      markup`<li class="${status ?? 'neutral'}">
        <time datetime="${isoTime(time)}">${formatTime(time)}</time>
        <strong>${renderSign(status)}${title}</strong>${detail !== undefined && markup`<p>${detail}</p>`}
      </li>`,
  )
  return markup`<ol class="timeline">
    ${items}
  </ol>`
}

/** A sign that tells a status without its colour. */
function renderSign(status: Status | undefined): Html | undefined {
  if (status === undefined) return undefined
  return markup`<i class="sign ${status}" role="img" aria-label="${status}"></i> `
}

function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

function isoTime(time: Date): string {
  return Number.isNaN(time.getTime()) ? '' : time.toISOString()
}
