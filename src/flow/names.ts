/** Names of steps, flows and parameters, as people write them in code, in files and on command lines. */

/** Letters, digits, `_` and `-`, beginning with a letter: fit for folders, flags and the schedulers of clouds. */
export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]*$/

/** `trainingEpochs`, `training_epochs` and `TRAINING-EPOCHS` are one name. */
export function sameNameKey(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}

/** `trainingEpochs` → `training-epochs`. */
export function kebabCase(name: string): string {
  return words(name).join('-')
}

/** `trainingEpochs` → `TRAINING_EPOCHS`. */
export function upperSnakeCase(name: string): string {
  return words(name).join('_').toUpperCase()
}

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .split(/[-_]+/)
    .map((word) => word.toLowerCase())
}
