/** `<drawing-pad>`: draws by mouse, pen or finger, and fires the event `picture` after every stroke. */
import { contextOf, find } from './elements.js'

/**
 * @typedef {object} Stroke
 * @property {string} tool of an outline, what is inside of it is filled
 * @property {number} width
 * @property {string} shade
 * @property {Point[]} points
 *
 * @typedef {[x: number, y: number]} Point
 */

const SIDE = 280

const markup = `
<canvas width="${SIDE}" height="${SIDE}" role="img" aria-label="Drawing pad, for mouse, pen or finger"></canvas>
<form>
  <fieldset>
    <legend>Tool</legend>
    <label><input type="radio" name="tool" value="outline" checked> Outline, filled</label>
    <label><input type="radio" name="tool" value="brush"> Brush</label>
  </fieldset>
  <label>Width of the brush <input type="range" name="width" min="4" max="40" value="16"></label>
  <label>Shade, dark to light <input type="range" name="shade" min="0" max="220" value="70"></label>
  <div class="buttons">
    <button type="button" name="undo" disabled>Undo</button>
    <button type="button" name="clear" disabled>Clear</button>
  </div>
</form>`

class DrawingPad extends HTMLElement {
  /** @type {Stroke[]} */
  #strokes = []

  connectedCallback() {
    this.innerHTML = markup
    this.#canvas.addEventListener('pointerdown', (event) => this.#stroke(event))
    this.#button('undo').addEventListener('click', () => this.#change(this.#strokes.slice(0, -1)))
    this.#button('clear').addEventListener('click', () => this.#change([]))
    this.#draw()
  }

  get #canvas() {
    return find(this, 'canvas', HTMLCanvasElement)
  }

  /** @param {string} name */
  #input(name, state = '') {
    return find(this, `input[name=${name}]${state}`, HTMLInputElement)
  }

  /** @param {string} name */
  #button(name) {
    return find(this, `button[name=${name}]`, HTMLButtonElement)
  }

  /** One stroke, from pressing to letting go. @param {PointerEvent} pressed */
  #stroke(pressed) {
    if (pressed.button !== 0 || !pressed.isPrimary) return // a second finger, perhaps
    const canvas = this.#canvas
    const shade = this.#input('shade').value
    /** @type {Stroke} */
    const stroke = {
      tool: this.#input('tool', ':checked').value,
      width: this.#input('width').valueAsNumber,
      shade: `rgb(${shade} ${shade} ${shade})`,
      points: [placeOn(canvas, pressed)],
    }
    const strokes = [...this.#strokes, stroke]
    const done = new AbortController()
    const listening = { signal: done.signal }
    /** @param {PointerEvent} event */
    const end = ({ isPrimary }) => {
      if (!isPrimary) return
      done.abort()
      this.#change(strokes)
    }
    canvas.setPointerCapture(pressed.pointerId)
    canvas.addEventListener(
      'pointermove',
      (moved) => {
        if (!moved.isPrimary) return
        stroke.points.push(placeOn(canvas, moved))
        this.#draw(strokes)
      },
      listening,
    )
    canvas.addEventListener('pointerup', end, listening)
    canvas.addEventListener('pointercancel', end, listening)
  }

  /** @param {Stroke[]} strokes */
  #change(strokes) {
    this.#strokes = strokes
    this.#draw()
    const isEmpty = strokes.length === 0
    for (const name of ['undo', 'clear']) this.#button(name).disabled = isEmpty
    if (isEmpty) return
    this.#canvas.toBlob((picture) => {
      this.dispatchEvent(new CustomEvent('picture', { bubbles: true, detail: picture }))
    })
  }

  #draw(strokes = this.#strokes) {
    const context = contextOf(this.#canvas)
    context.fillStyle = '#fff'
    context.fillRect(0, 0, SIDE, SIDE)
    context.lineCap = context.lineJoin = 'round'
    for (const { tool, width, shade, points } of strokes) {
      context.strokeStyle = context.fillStyle = shade
      context.lineWidth = tool === 'outline' ? 2 : width
      context.beginPath()
      // The first point twice: a dot, where no other follows.
      for (const point of [points[0], ...points]) context.lineTo(...point)
      if (tool === 'outline') context.fill()
      context.stroke()
    }
  }
}

/**
 * Where on a canvas a pointer is; it may be shown smaller than it is.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {PointerEvent} event
 * @returns {Point}
 */
function placeOn(canvas, { clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect()
  return [((clientX - left) * canvas.width) / width, ((clientY - top) * canvas.height) / height]
}

customElements.define('drawing-pad', DrawingPad)
