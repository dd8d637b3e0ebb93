/** Where artifacts of a file store are now: it says where they were when they were written. */
import type { ExperimentFolder } from './find-experiments.ts'

/** A place that a URI may begin with, and what it is called in the new store. */
interface Move {
  readonly from: string
  readonly to: string
}

export interface Places {
  /** `uri` as the new store has it; what lies elsewhere stays. */
  moved(uri: string): string
}

/**
 * Artifacts lie in the store's own folder where an experiment's location ends with its id and is a path or file: URI; that
 * folder may have been moved since.
 *
 * @param placeOf the URI that the folder of an experiment has in the new store
 */
export function artifactPlaces(
  experiments: readonly ExperimentFolder[],
  placeOf: (experiment: ExperimentFolder) => string,
): Places {
  const moves = experiments.flatMap((experiment): Move[] => {
    const from = ownLocation(experiment)
    return from === undefined ? [] : [{ from, to: placeOf(experiment) }]
  })
  return {
    moved: (uri) => {
      const move = moves.find(({ from }) => uri === from || uri.startsWith(`${from}/`))
      return move === undefined ? uri : `${move.to}${uri.slice(move.from.length)}`
    },
  }
}

/** The location of an experiment that has its artifacts in the store's own folder. */
export function ownLocation({ id, meta }: ExperimentFolder): string | undefined {
  const location = (meta.artifact_location ?? '').replace(/[\\/]+$/, '')
  const isLocal = /^file:/i.test(location) || !/^[a-z][a-z0-9+.-]+:/i.test(location)
  return isLocal && location.split(/[\\/]/).at(-1) === id ? location : undefined
}
