import { systemErrorCode } from './errors.ts'

const advice: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path',
  ENOTDIR: 'there is no such file: a part of the path is a file, not a folder',
  EISDIR: 'this is a folder. Name a file in it',
  EACCES: 'permission to read was denied. Check who owns the file',
  EPERM: 'permission to read was denied. Check who owns the file',
  ENAMETOOLONG: 'there is no such file: the name is too long',
  EMFILE: 'too many files are open. Raise the limit (ulimit -n)',
}

/** Why the system would not open a file for reading, and what to do; undefined for any other error. */
export function readAdvice(error: unknown): string | undefined {
  return advice[systemErrorCode(error) ?? '']
}
