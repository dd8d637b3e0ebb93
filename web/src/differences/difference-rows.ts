/** Things with named values side by side: runs, versions of a model. */

export interface DifferenceRow {
  readonly key: string
  /** One for each thing, undefined where it has none. */
  readonly values: readonly (string | undefined)[]
  readonly isSame: boolean
}

/** A row for each key that any of `things` has, by name; numbers in names in their order. */
export function differenceRows(
  things: readonly Readonly<Record<string, string | undefined>>[],
): readonly DifferenceRow[] {
  const keys = [...new Set(things.flatMap((thing) => Object.keys(thing)))].toSorted(byName)
  return keys.map((key) => {
    const values = things.map((thing) => (Object.hasOwn(thing, key) ? thing[key] : undefined))
    return { key, values, isSame: values.every((value) => value === values[0]) }
  })
}

const byName = new Intl.Collator('en', { numeric: true }).compare
