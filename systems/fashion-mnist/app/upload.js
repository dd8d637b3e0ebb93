/** The page that asks the server. */
import { bar, make } from './elements.js'
import { answerPictures, post, showModel } from './page.js'

answerPictures(
  async (picture, signal) => {
    const form = new FormData()
    form.append('file', picture)
    const started = performance.now()
    const answer = await post('predict', form, signal)
    return { ...answer, milliseconds: performance.now() - started }
  },
  ({ prediction, confidence, all_probabilities: probabilities, milliseconds }) => [
    make('p', { className: 'prediction' }, prediction),
    make('p', { className: 'quiet' }, `${confidence} sure, answered in ${milliseconds.toFixed(0)} ms`),
    make('ol', { className: 'bars', ariaLabel: 'The five most likely' }, ...Object.entries(probabilities).map(line)),
  ],
)

/** @param {[name: string, percent: string]} probability */
function line([name, percent]) {
  const number = make('span', { className: 'number' }, percent)
  return make('li', {}, make('span', {}, name), number, bar(Number.parseFloat(percent) / 100))
}

await showModel()
