/**
 * `<picture-input>`: a picture by file, drop, paste, sample or drawing. Fires the event `picture` with every one; what is
 * wrong with it is shown by setting `problem`.
 */
import './drawing-pad.js'
import { find } from './elements.js'

const samples = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']

const markup = `
<div>
  <label class="drop">
    <img class="preview" alt="" hidden>
    <span><strong>Choose a picture</strong>, drop one here, or paste it</span>
    <input type="file" accept="image/*">
  </label>
  <p class="problem" role="alert"></p>
</div>
<section aria-labelledby="samples-title">
  <h2 id="samples-title">Or take a sample</h2>
  <ul class="samples">${samples.map(sample).join('')}</ul>
</section>
<section aria-labelledby="drawing-title">
  <h2 id="drawing-title">Or draw something to wear</h2>
  <drawing-pad></drawing-pad>
</section>`

/** @param {string} name */
function sample(name) {
  const file = `samples/${name.toLowerCase().replace(' ', '-')}.png`
  return `<li><button type="button"><img src="${file}" alt="${name}" width="56" height="56"></button></li>`
}

/**
 * The picture of an event `picture`.
 *
 * @param {Event} event
 */
export function pictureOf(event) {
  return /** @type {CustomEvent<Blob>} */ (event).detail
}

export class PictureInput extends HTMLElement {
  connectedCallback() {
    this.innerHTML = markup
    this.addEventListener('picture', (event) => this.#preview(pictureOf(event)))
    const input = find(this, '.drop input', HTMLInputElement)
    input.addEventListener('change', () => {
      this.#give(input.files)
      input.value = '' // so that the same file can be chosen again
    })
    for (const image of this.querySelectorAll('img[alt]:not([alt=""])')) {
      image.closest('button')?.addEventListener('click', () => void this.#giveSample(image.getAttribute('src') ?? ''))
    }
    this.#takeDrops()
    document.addEventListener('paste', (event) => this.#give(event.clipboardData?.files))
  }

  /** Anywhere on the page: a file that is dropped beside the field would be opened in place of it. */
  #takeDrops() {
    const field = find(this, '.drop', HTMLElement)
    /** @param {DragEvent} event */
    const drag = (event) => {
      event.preventDefault()
      field.classList.toggle('over', event.type === 'dragenter' || event.type === 'dragover')
      if (event.type === 'drop') this.#give(event.dataTransfer?.files)
    }
    document.addEventListener('dragenter', drag)
    document.addEventListener('dragover', drag)
    document.addEventListener('dragleave', drag)
    document.addEventListener('drop', drag)
  }

  /** @param {string} message '' where all is well */
  set problem(message) {
    find(this, '.problem', HTMLElement).textContent = message
  }

  /** @param {string} file */
  async #giveSample(file) {
    const reply = await fetch(file)
    this.#give([await reply.blob()])
  }

  /** @param {ArrayLike<Blob> | null | undefined} files of which the first is taken */
  #give(files) {
    const picture = files?.[0]
    if (picture !== undefined) this.dispatchEvent(new CustomEvent('picture', { detail: picture }))
  }

  /** @param {Blob} picture */
  #preview(picture) {
    this.problem = ''
    const preview = find(this, '.preview', HTMLImageElement)
    URL.revokeObjectURL(preview.src)
    preview.src = URL.createObjectURL(picture)
    preview.hidden = false
    preview.addEventListener('error', () => (preview.hidden = true), { once: true })
  }
}

customElements.define('picture-input', PictureInput)
