import { randomInt } from 'node:crypto'

const adjectives =
  'amber brisk calm deep eager fair gentle hardy keen light mellow nimble patient quiet rapid silver steady swift tidy vivid warm wide wise young'
const nouns =
  'alder beaver brook dam eddy ferry ford heron kingfisher lock mill otter paddle pike pond rapids reed river sluice spring stream trout weir wheel'

/** A name for a run that was given none, such as `steady-heron-412`. */
export function generateRunName(): string {
  return `${pick(adjectives.split(' '))}-${pick(nouns.split(' '))}-${randomInt(1000)}`
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)]!
}
