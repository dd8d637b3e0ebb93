/** A step that goes wrong in the way the parameter names, beside one that would go on for long. */
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { flow } from '../../../src/flow/index.ts'

class Unknown {
  readonly secret = 1
}

const faults: Readonly<Record<string, (place: string, attempt: number, signal: AbortSignal) => unknown>> = {
  'throws an error': () => {
    throw new TypeError('no such column', { cause: new Error('the reason') })
  },
  'throws a text': () => {
    throw 'just text' // oxlint-disable-line no-throw-literal
  },
  'exits with 0': () => process.exit(0),
  'is killed': () => process.kill(process.pid, 'SIGKILL'),
  'is killed the first time': (_, attempt) =>
    attempt === 0 ? process.kill(process.pid, 'SIGKILL') : { done: attempt },
  'rejects where nobody waits': async () => {
    void Promise.reject(new Error('nobody waits'))
    await delay(10_000)
  },
  'never ends, busily': (place) => {
    writeFileSync(place, String(process.pid))
    for (;;);
  },
  'never ends, with a child': async (place) => {
    const child = spawn('sleep', ['1000'])
    writeFileSync(place, String(child.pid))
    await delay(1_000_000)
  },
  'ends when its time is up': async (_, attempt, signal) => {
    await delay(60_000, undefined, { signal }).catch(() => undefined)
    return { done: attempt }
  },
  'returns a function': () => ({ model: { fit: () => 1 } }),
  'returns an unknown class': () => ({ list: [new Unknown()] }),
  'returns a list': () => [1, 2],
  'returns a reserved name': () => ({ parameters: 1 }),
  'prints 100 MB': async () => {
    const line = `${'x'.repeat(999)}\n`.repeat(1000)
    for (let i = 0; i < 100; i++)
      if (!process.stdout.write(line)) await new Promise((next) => process.stdout.once('drain', next))
    return { done: 1 }
  },
  'prints on both streams': () => {
    console.log('to stdout, é')
    process.stderr.write('to stderr\n')
    process.stdout.write('no end of line')
    return { done: 1 }
  },
  'works once there is a file': (place) => {
    if (!existsSync(place)) throw new Error('not yet')
    return { done: 2 }
  },
}

export default flow('faults', {
  parameters: { fault: z.string(), place: z.string().default(''), timeout: z.boolean().default(false) },
})
  .step('before', () => ({ before: new Date(5) }))
  .branches({
    faulty: (branch) =>
      branch.step('faulty', { timeout: '5m' }, async ({ parameters }, task) => {
        const result = await faults[parameters.fault]!(parameters.place, task.attempt, task.signal)
        return result as { done?: number }
      }),
    slow: (branch) =>
      branch.step('slow', async ({ parameters }, task) => {
        // Long where the other is to fail, so that it has to be stopped.
        const ends = ['prints', 'is killed the first', 'works once'].some((start) => parameters.fault.startsWith(start))
        if (!ends) await delay(60_000, undefined, { signal: task.signal })
      }),
  })
  .join('after', ({ faulty }, { before }) => ({ done: faulty.done, before }))
