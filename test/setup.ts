/** Properties draw other cases on each run of a developer; in CI they draw the same, so that a failure is of the change. */
import * as fc from 'fast-check'

if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_121 })
