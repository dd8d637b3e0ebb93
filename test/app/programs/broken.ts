/** A flow that cannot run. */
import { flow } from 'millrace/flow'

export default flow('broken')
