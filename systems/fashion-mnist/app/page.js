/** What both pages do: say which model answers, ask about each picture, and show one answer at a time. */
import { find, make } from './elements.js'
import { PictureInput, pictureOf } from './picture-input.js'

/** Says which model answers. */
export async function showModel() {
  const reply = await fetch('model_info')
  if (!reply.ok) return
  const { model_name: name, version, alias, best_val_accuracy: accuracy } = await reply.json()
  const parts = [
    version === null ? name : `${name}, version ${version}`,
    ...(alias === null ? [] : [alias]),
    ...(accuracy === null ? [] : [`right about ${(100 * accuracy).toFixed(1)} % of the pictures it was tried on`]),
  ]
  find(document, '#model', HTMLElement).textContent = parts.join(' · ')
}

/**
 * Asks about every picture that is given, and shows the answer to the last one.
 *
 * @template T
 * @param {(picture: Blob, signal: AbortSignal) => Promise<T>} ask
 * @param {(answer: T) => Node[]} show
 */
export function answerPictures(ask, show) {
  const input = find(document, 'picture-input', PictureInput)
  const answer = find(document, '#answer', HTMLElement)
  let asking = new AbortController()

  /** @param {Blob} picture */
  async function answerTo(picture) {
    asking.abort()
    const { signal } = (asking = new AbortController())
    answer.setAttribute('aria-busy', 'true')
    const shown = await ask(picture, signal).then(show, (error) => {
      if (!signal.aborted) input.problem = error.message
      return [make('p', { className: 'quiet' }, 'No answer: see beside the picture.')]
    })
    if (signal.aborted) return
    answer.replaceChildren(...shown)
    answer.removeAttribute('aria-busy')
  }
  input.addEventListener('picture', (event) => void answerTo(pictureOf(event)))
}

/**
 * Sends something to the server.
 *
 * @param {string} path
 * @param {BodyInit} body
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the JSON of its answer
 * @throws {Error} with what the server says is wrong
 */
export async function post(path, body, signal) {
  const reply = await fetch(path, { method: 'POST', body, signal }).catch(() => {
    throw new Error('The server does not answer. Is it still running?')
  })
  const content = await reply.json().catch(() => ({}))
  if (reply.ok) return content
  throw new Error(content.error ?? `The server answers with status ${reply.status}.`)
}
