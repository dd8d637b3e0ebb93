/** Three steps, as flow_linear.py has them. */
import { flow } from 'millrace/flow'

export default flow('linear')
  .step('start', () => ({ value: 1 }))
  .step('middle', ({ value }) => ({ value: value + 1 }))
  .step('end', ({ value }) => ({ value }))
