/** Elements of a page: those that are there, and new ones. */

/**
 * The first element that a selector finds.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`There is no ${kind.name} "${selector}" here.`)
}

/**
 * A new element with properties and children; texts stay texts.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<HTMLElementTagNameMap[K]>} properties
 * @param {...(Node | string)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/**
 * A bar for a share from 0 to 1. The number stands beside it, so it is left out where a page is read aloud.
 *
 * @param {number} share
 */
export function bar(share) {
  const filled = make('span')
  filled.style.width = `${100 * share}%`
  const track = make('span', { className: 'bar' }, filled)
  track.setAttribute('aria-hidden', 'true')
  return track
}

/**
 * The drawing surface of a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('This browser gives no canvas to draw on.')
  return context
}
