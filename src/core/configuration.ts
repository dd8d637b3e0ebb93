import { readFile } from 'node:fs/promises'
import { asError, MillraceError } from './errors.ts'
import { parseWith } from './parse.ts'
import { readAdvice } from './read-advice.ts'

/**
 * The object in a file of YAML or JSON, which is YAML too; an empty file has no keys.
 *
 * @throws MillraceError INVALID_CONFIG when it cannot be read, or is no object
 */
export async function readConfiguration(path: string): Promise<Record<string, unknown>> {
  const [{ parse }, { z }] = await Promise.all([import('yaml'), import('zod')])
  let content: unknown
  try {
    content = parse(await readFile(path, 'utf8'))
  } catch (cause) {
    const [said = ''] = asError(cause).message.split('\n')
    const reason = readAdvice(cause) ?? said.replace(/:$/, '')
    throw new MillraceError('INVALID_CONFIG', `Cannot read the configuration ${path}: ${reason}.`, { cause })
  }
  return parseWith(z.record(z.string(), z.unknown()), content ?? {}, `The configuration ${path}`)
}
