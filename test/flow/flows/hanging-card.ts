/** A step whose card is never done, and one after it. */
import { flow } from '../../../src/flow/index.ts'
import { markdown } from '../../../src/report/index.ts'

export default flow('hanging')
  .step('hangs', (_, { card }) => {
    card.append({
      ...markdown('text'),
      get text(): string {
        for (;;);
      },
    })
    return { answer: 42 }
  })
  .step('after', ({ answer }) => ({ more: answer + 1 }))
