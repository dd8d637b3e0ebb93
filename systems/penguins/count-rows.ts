/** Prints how many production rows a database holds: all, with a label, without. */
import { sqliteBackend } from 'millrace/backend'

const [, , database = 'penguins.db'] = process.argv
await using backend = sqliteBackend({ database })
const all = await backend.load()
const labelled = all.rowCount - all.missingCount('target')
process.stdout.write(`all        ${all.rowCount}\nlabelled   ${labelled}\nunlabelled ${all.rowCount - labelled}\n`)
