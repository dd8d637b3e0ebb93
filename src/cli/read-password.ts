/** Passwords never stand on a command line, where other programs and the shell's history see them. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { MillraceError } from '../core/index.ts'

const VARIABLE = 'MILLRACE_PASSWORD'

/**
 * The password from MILLRACE_PASSWORD, else the first line of standard input; on a terminal it is asked for, twice and
 * unseen.
 *
 * @throws MillraceError INVALID_ARGUMENT when there is none, or the two differ
 */
export async function readPassword(question: string): Promise<string> {
  const { [VARIABLE]: given } = process.env
  if (given !== undefined) return given
  if (!process.stdin.isTTY) return await firstLine()
  const password = await askUnseen(`${question}: `)
  if (password === (await askUnseen('The same again: '))) return password
  throw new MillraceError('INVALID_ARGUMENT', 'The two passwords differ. Nothing was changed.')
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line
  throw new MillraceError('INVALID_ARGUMENT', `There is no password: give it on standard input or in ${VARIABLE}.`)
}

async function askUnseen(question: string): Promise<string> {
  process.stderr.write(question)
  const unseen = new Writable({ write: (_piece, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
