/** Pages about runs and tasks that are over: from what is stored. */
import type { Component, Status } from '../report/index.ts'
import { artifactSection, parameterSection, drawGraph, renderTaskCard } from './card.ts'
import type { FlowTask } from './client-task.ts'
import type { FlowRun } from './client.ts'

/** The page about a run as one HTML file: how it went, its parameters, steps and tasks, and what it came to. */
export async function renderRunCard(run: FlowRun): Promise<string> {
  const { badge, columns, renderDocument, section, table, valueBox } = await import('../report/index.ts')
  const tasks = (await Promise.all((await run.steps()).map(async (step) => await step.tasks()))).flat()
  const { pathspec, status, createdAt, finishedAt, tags, user, error } = run
  const took = finishedAt === undefined ? 'unknown' : `${((finishedAt - createdAt) / 1000).toFixed(1)} s`
  const components: Component[] = [
    columns([
      valueBox({ title: 'Status', value: status, status: statusOfRun(run) }),
      valueBox({ title: 'Took', value: took }),
      valueBox({ title: 'Tasks', value: tasks.length }),
    ]),
    section('Run', [
      table({
        columns: ['', ''],
        rows: [
          ['pathspec', pathspec],
          ['started', new Date(createdAt)],
          ['by', user],
          ['tags', tags.join(', ')],
          ['goes on from', run.originRunId],
          ['error', error],
        ],
      }),
    ]),
    section('Flow', [await drawGraph(run.graph, statusesOf(tasks))]),
    ...(await parameterSection(await run.parameters())),
    ...(run.isSuccessful ? await describeResult(run) : []),
    section('Tasks', [
      table({
        columns: ['step', 'task', 'status', 'tries', 'ms'],
        rows: tasks.map((task) => [
          stepOf(task),
          task.id,
          badge(
            task.takenFrom === undefined ? task.status : `${task.status} (${task.takenFrom.how})`,
            statusOfTask(task),
          ),
          task.attempts.length,
          task.runtimeMs,
        ]),
      }),
    ]),
  ]
  const [name = ''] = pathspec.split('/')
  return await renderDocument({ title: name, subtitle: pathspec, components, generatedAt: new Date() })
}

/** The page about a task: the one its step made, or one with what is known. */
export async function renderStoredTaskCard(run: FlowRun, task: FlowTask): Promise<string> {
  const stored = await task.card()
  if (stored !== undefined) return stored
  const values = await task.data()
  const last = task.attempts.at(-1)
  return await renderTaskCard(
    {
      pathspec: task.pathspec,
      step: stepOf(task),
      attempt: last?.attempt ?? 0,
      graph: run.graph,
      parameters: await run.parameters(),
      startedAt: last?.startedAt ?? run.createdAt,
      ...(last !== undefined && { endedAt: last.endedAt }),
      ...(task.exception !== undefined && { error: task.exception }),
      artifacts: task.artifacts.map(({ name, sizeBytes }) => ({ name, sizeBytes, value: values[name] })),
    },
    [],
  )
}

async function describeResult(run: FlowRun): Promise<Component[]> {
  const sizes = new Map((await run.artifacts()).map(({ name, sizeBytes }) => [name, sizeBytes]))
  const data = await run.data()
  return await artifactSection([...sizes].map(([name, sizeBytes]) => ({ name, sizeBytes, value: data[name] })))
}

function stepOf({ pathspec }: FlowTask): string {
  return pathspec.split('/')[2] ?? ''
}

function statusOfRun({ status }: FlowRun): Status {
  if (status === 'completed') return 'ok'
  return status === 'failed' ? 'failed' : 'warning'
}

function statusOfTask({ status }: FlowTask): Status {
  if (status === 'completed') return 'ok'
  return status === 'failed' ? 'failed' : 'warning'
}

/** Of each step the worst of its tasks. */
function statusesOf(tasks: readonly FlowTask[]): Map<string, Status> {
  const order: readonly Status[] = ['ok', 'warning', 'failed']
  const statuses = new Map<string, Status>()
  for (const task of tasks) {
    const [step, status, before] = [stepOf(task), statusOfTask(task), statuses.get(stepOf(task)) ?? 'ok']
    statuses.set(step, order.indexOf(status) > order.indexOf(before) ? status : before)
  }
  return statuses
}
