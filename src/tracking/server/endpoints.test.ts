/** docs/compatibility.md tells of each endpoint what we make of it: this holds the page to the server, and to MLflow's list. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { endpoints } from './endpoints.ts'

interface Row {
  readonly method: string
  /** With `{}` for parts that vary; `/…` at its end stands for all below. */
  readonly path: string
  readonly state: string
}

const page = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8')
const rows = rowsOf(page)
const ours = endpoints.map(({ method, path }) => ({ method, path: plain(path) }))
const theirList = new URL('../../../../shared/contracts/mlflow/endpoints-3.12.0.tsv', import.meta.url)

describe('the table of endpoints', () => {
  it('has works, differs or not there in each row, and no endpoint twice', () => {
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['works', 'differs', 'not there']))
    const names = rows.map(({ method, path }) => `${method} ${path}`)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it('names every endpoint of the server, and as there only those', () => {
    const there = rows.filter(({ state }) => state !== 'not there').map(({ method, path }) => `${method} ${path}`)
    expect(ours.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(there.toSorted())
  })

  it.skipIf(!existsSync(theirList))("names every endpoint of MLflow's (skipped without its list)", () => {
    const theirs = readFileSync(theirList, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split('\t') as [string, string])
      // MLflow has left out a `/` there.
      .filter(([, path]) => !path.includes('2.0mlflow'))
      .map(([method, path]) => ({ method, path: plain(path.replace('/ajax-api/', '/api/')) }))
    const missing = theirs.filter((endpoint) => !rows.some((row) => covers(row, endpoint)))
    expect(missing).toEqual([])
  })
})

function covers(row: Row, { method, path }: { readonly method: string; readonly path: string }): boolean {
  if (row.path.endsWith('…')) return path.startsWith(row.path.slice(0, -1))
  return row.method === method && row.path === path
}

/** The rows below "The tracking server's endpoints", each below the prefix that the line before its table names. */
function rowsOf(text: string): readonly Row[] {
  const section = /### The tracking server's endpoints\n([^]*?)\n## /.exec(text)?.[1] ?? ''
  let prefix = ''
  return section.split('\n').flatMap((line) => {
    const below = /^Below `(\S+)`:$/.exec(line)?.[1]
    if (below !== undefined) prefix = below
    if (line === 'Elsewhere:') prefix = ''
    const [, cell = '', state = ''] = line.split('|')
    return [...cell.matchAll(/`([A-Z*]+(?:, [A-Z]+)*) ([^`]+)`/g)].flatMap(([, methods = '', path = '']) =>
      methods.split(', ').map((method) => ({ method, path: plain(`${prefix}${path}`), state: state.trim() })),
    )
  })
}

/** Without the names of parts that vary. */
function plain(path: string): string {
  return path.replaceAll(/[<{][^>}]*[>}]/g, '{}')
}
