/** What a run should know about how it was started: MLflow's tags for user, program and commit. */
import { userInfo } from 'node:os'
import { type TextMap } from './entities.ts'
import { readGitCommit } from './git-commit.ts'

export interface RunContext {
  readonly userId: string
  readonly tags: TextMap
}

/** The context of a run that this process starts now, in `folder`. */
export async function runContext(folder: string): Promise<RunContext> {
  const userId = userName()
  const commit = await readGitCommit(folder)
  return {
    userId,
    tags: {
      'mlflow.user': userId,
      'mlflow.source.name': process.argv[1] ?? 'node',
      'mlflow.source.type': 'LOCAL',
      ...(commit !== undefined && { 'mlflow.source.git.commit': commit }),
    },
  }
}

/** The name of the user whose process this is. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id that has no name.
    return process.env['USER'] ?? 'unknown'
  }
}
