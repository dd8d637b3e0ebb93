/** A file system of 2 MB to fill up or make read-only. Mounting one takes privileges that not every machine gives. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folder `disk` in `parent` with the new file system, or undefined where that cannot be. Unmount it at the end. */
export function smallDisk(parent: string): string | undefined {
  const place = join(parent, 'disk')
  try {
    mkdirSync(place)
    system('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place)
    return place
  } catch {
    return undefined
  }
}

/** Runs a command of the system. @throws when it fails */
export function system(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'ignore' })
}
