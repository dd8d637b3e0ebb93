/**
 * Modules of this package that run in a process or thread of their own, found by their place in it: in the source, and in
 * what is published, where rolldown.config.ts has to list them.
 */

const [folder, extension] = import.meta.url.endsWith('.ts') ? ['src', 'ts'] : ['dist', 'js']

/** The options of this Node that another one needs as well; those that would run something else are left out. */
export function nodeOptions(): string[] {
  return process.execArgv.flatMap((option, i, all) => {
    const [name = ''] = option.split('=')
    if (!['--conditions', '-C', '--max-old-space-size'].includes(name)) return []
    return option === name ? [option, all[i + 1] ?? ''] : [option]
  })
}

/** The address of the module `name`, such as `flow/worker`. */
export function packageModule(name: string): URL {
  // This file, or the one it is bundled into, lies two folders below the package.
  return new URL(`../../${folder}/${name}.${extension}`, import.meta.url)
}
