import { readFile } from 'node:fs/promises'
import { asError, MillraceError, readAdvice } from 'millrace/core'

/** The text of a file. @throws MillraceError RESOURCE_DOES_NOT_EXIST saying why not, and `cure` */
export async function readText(path: string, cure: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = readAdvice(cause) ?? asError(cause).message
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Cannot read ${path}: ${reason}. ${cure}`.trim(), { cause })
  }
}
