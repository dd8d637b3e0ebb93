/** What users write: a module whose default export says what one kind of container does. */
import { resolve } from 'node:path'
import { MillraceError } from '../core/index.ts'
import { importDefault } from '../flow/import-program.ts'
import type { ProcessingDefinition } from './processing.ts'
import type { ServingDefinition } from './serving.ts'
import type { TrainingDefinition } from './training.ts'

/** What there is to run, by the word that starts it. */
export interface Programs {
  readonly train: TrainingDefinition<unknown>
  readonly preprocess: ProcessingDefinition
  readonly serve: ServingDefinition
}

export type Stage = keyof Programs

export const stages: readonly Stage[] = ['preprocess', 'train', 'serve']

const makers = { train: 'defineTraining', preprocess: 'defineProcessing', serve: 'defineServing' } as const

/**
 * The program for `stage` in the module `file`.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such file, INVALID_CONFIG when it cannot be imported or
 *   is for something else
 */
export async function loadProgram<S extends Stage>(stage: S, file: string): Promise<Programs[S]> {
  const path = resolve(file)
  const found = await importDefault(path, 'a program', 'INVALID_CONFIG')
  if (isProgram(found, stage)) return found
  throw new MillraceError(
    'INVALID_CONFIG',
    `The default export of ${path} is no program to ${stage}. Write: export default ${makers[stage]}({ … })`,
  )
}

function isProgram<S extends Stage>(value: unknown, stage: S): value is Programs[S] {
  return typeof value === 'object' && value !== null && 'stage' in value && value.stage === stage
}
