/** A foreach and its join, as flow_foreach.py has them. */
import { flow } from 'millrace/flow'
import { z } from 'zod'

export default flow('foreach', { parameters: { items: z.number().default(20) } })
  .foreach(
    'start',
    ({ parameters }) => Array.from({ length: parameters.items }, (_, item) => item),
    (body) => body.step('work', ({ item }) => ({ double: item * 2 })),
  )
  .join('end', (bodies) => ({ total: bodies.reduce((total, { double }) => total + double, 0) }))
