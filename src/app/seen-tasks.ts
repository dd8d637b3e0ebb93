/** The tasks of runs under way, kept for the pages that follow them and ask for all tasks again and again. */
import type { FlowRun, FlowTask } from '../flow/index.ts'

/** Runs that are kept; of more, those that nobody has asked for the longest are forgotten. */
const MAX_RUNS = 32

export class SeenTasks {
  /** By the pathspec of the run, then of the task; the run that was looked at last comes last. */
  readonly #seen = new Map<string, ReadonlyMap<string, FlowTask>>()

  /** All tasks of a run, in the order of its steps. A task that has a result is read once. */
  async of(run: FlowRun): Promise<readonly FlowTask[]> {
    const known = this.#seen.get(run.pathspec)
    const steps = await run.steps()
    const tasks = (await Promise.all(steps.map(async (step) => await step.tasks(known)))).flat()
    this.#seen.delete(run.pathspec)
    if (run.status === 'running') this.#seen.set(run.pathspec, new Map(tasks.map((task) => [task.pathspec, task])))
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > MAX_RUNS && oldest !== undefined) this.#seen.delete(oldest)
    return tasks
  }
}
