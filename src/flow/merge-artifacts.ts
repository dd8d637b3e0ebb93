/** Carrying artifacts of branches over a join, as Metaflow's merge_artifacts does. */
import { MillraceError } from '../core/index.ts'
import { referencesOf } from './artifact-store.ts'
import { RESERVED_ARTIFACTS } from './checks.ts'

type Reserved = 'parameters' | 'config' | 'item' | 'index'
type BranchOf<Inputs> = Inputs extends readonly (infer Branch)[] ? Branch : Inputs[keyof Inputs]
type KeyOf<Branch> = Branch extends unknown ? keyof Branch : never
type ValueOf<Branch, K> = Branch extends unknown ? (K extends keyof Branch ? Branch[K] : never) : never

/** What all branches together have, but for the names every step reads. */
export type Merged<Inputs> = {
  [K in Exclude<KeyOf<BranchOf<Inputs>>, Reserved>]: ValueOf<BranchOf<Inputs>, K>
}

/**
 * The artifacts of all branches as one object for a join to return. An artifact that several branches have must be the
 * same in each, by its hash; nothing is decoded to find that out.
 *
 * @param inputs what the join got, a list or an object by name
 * @param options.include only these names; default all
 * @param options.exclude not these names
 * @throws MillraceError INVALID_ARTIFACT listing the names that differ, or those to include that no branch has
 */
export function mergeArtifacts<
  Inputs extends readonly object[] | Readonly<Record<string, object>>,
  const Include extends keyof Merged<Inputs> = keyof Merged<Inputs>,
  const Exclude extends keyof Merged<Inputs> = never,
>(
  inputs: Inputs,
  { include, exclude = [] }: { readonly include?: readonly Include[]; readonly exclude?: readonly Exclude[] } = {},
): Omit<Pick<Merged<Inputs>, Include>, Exclude> {
  const branches = Object.values(inputs) as readonly Record<string, unknown>[]
  const all = [...new Set(branches.flatMap((branch) => Object.keys(branch)))]
  const missing = (include ?? []).map(String).filter((name) => !all.includes(name))
  if (missing.length > 0) throw conflict(`no branch has ${missing.join(', ')}`)
  const left = new Set<string>([...RESERVED_ARTIFACTS, ...exclude.map(String)])
  const names = (include ?? all).map(String).filter((name) => !left.has(name))
  const differing = names.filter((name) => new Set(branches.flatMap((branch) => hashOf(branch, name))).size > 1)
  if (differing.length > 0) {
    throw conflict(`${differing.join(', ')} differ between branches. Exclude them, and return what is right`)
  }
  const merged = names.map((name) => [name, branches.find((branch) => name in branch)?.[name]])
  return Object.fromEntries(merged) as Omit<Pick<Merged<Inputs>, Include>, Exclude>
}

function hashOf(branch: object, name: string): string[] {
  const references = referencesOf(branch)
  if (references === undefined) throw conflict('it takes what a join got, and nothing made of it')
  const reference = references[name]
  return reference === undefined ? [] : [reference.hash]
}

function conflict(problem: string): MillraceError {
  return new MillraceError('INVALID_ARTIFACT', `mergeArtifacts: ${problem}.`)
}
