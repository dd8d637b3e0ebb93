import { Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { crossEntropyLoss, Linear, progressReport, type ProgressOptions, sgd, tensorDataset, train } from './index.ts'

/** Trains 3 epochs of 2 steps with a clock that moves 40 ms at each look, and returns what was written. */
async function written(options: ProgressOptions = {}, epochs = 3): Promise<string> {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  let now = 0
  const clock = (): number => (now += 40)
  const progress = progressReport({ stream, clock, ...options })
  const data = tensorDataset(
    { data: Float32Array.of(1, 0, 0, 1), shape: [4, 1] },
    { data: BigInt64Array.of(0n, 1n, 1n, 0n), shape: [4] },
  )
  await train(new Linear(1, 2), data, {
    loss: crossEntropyLoss(),
    optimizer: sgd({ lr: 0.1 }),
    epochs,
    batchSize: 2,
    validation: data,
    metrics: { error: (output, target) => crossEntropyLoss().compute(output, target) },
    ...progress,
  })
  progress.end()
  return text
}

const number = String.raw`\d\.\d{4}`
const epochLine = (epoch: number): RegExp =>
  new RegExp(`^epoch ${epoch}/3  loss ${number}  validation loss ${number}  error ${number}  [\\d,]+ rows/s$`)

afterEach(() => vi.unstubAllEnvs())

describe('progressReport', () => {
  it('writes a plain line an epoch where there is no terminal', async () => {
    const lines = (await written()).split('\n')
    expect(lines).toHaveLength(4)
    for (const epoch of [1, 2, 3]) expect(lines[epoch - 1]).toMatch(epochLine(epoch))
    expect(lines[3]).toBe('')
  })

  it('writes fewer lines if asked to, and the last in any case', async () => {
    const lines = (await written({ everyEpochs: 2 })).trimEnd().split('\n')
    expect(lines).toEqual([expect.stringMatching(epochLine(2)), expect.stringMatching(epochLine(3))])
  })

  it('rewrites one line on a terminal, at most every tenth of a second, and leaves it in the end', async () => {
    const text = await written({ isTTY: true, colour: false })
    expect(text.split('\n')).toHaveLength(2)
    expect(text.endsWith('\u001B[K\n')).toBe(true)
    // Six steps 40 ms apart: the first, the fourth; each of the three epochs.
    const drawn = text
      .trimEnd()
      .split('\u001B[K')
      .filter((part) => part !== '')
    expect(drawn.map((part) => /^\r(epoch \d\/3 {2}(step \d\/2)?)/.exec(part)?.[1])).toEqual([
      'epoch 1/3  step 1/2',
      'epoch 1/3  ',
      'epoch 2/3  step 2/2',
      'epoch 2/3  ',
      'epoch 3/3  ',
    ])
  })

  it('shows the speed since the line was last drawn', async () => {
    // Two rows in the 40 ms before the first step.
    expect(await written({ isTTY: true, colour: false })).toMatch(/epoch 1\/3 {2}step 1\/2 {2}loss \S+ {2}50 rows\/s/)
  })

  it('is coloured on a terminal, unless NO_COLOR is set', async () => {
    vi.stubEnv('NO_COLOR', '')
    expect(await written({ isTTY: true })).toContain('\u001B[1mepoch')
    expect(await written()).not.toContain('\u001B[')
    vi.stubEnv('NO_COLOR', '1')
    expect(await written({ isTTY: true })).not.toContain('\u001B[1m')
  })

  it('can be ended twice', async () => {
    const progress = progressReport({
      stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
      isTTY: true,
    })
    progress.end()
    expect(() => progress.end()).not.toThrow()
  })
})
