/** Trains into the folder given first until the step given second, says so and waits to be killed. */
import { train } from '../../src/nn/index.ts'
import { resumableData, resumableModule, resumableOptions } from './nn-resume.ts'

const [checkpoints, lastStep] = process.argv.slice(2)
await train(resumableModule(), resumableData(), {
  ...resumableOptions(),
  checkpoints: checkpoints!,
  onStep({ step }) {
    if (step !== Number(lastStep)) return
    process.stdout.write('waiting\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
})
