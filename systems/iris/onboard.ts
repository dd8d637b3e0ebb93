import { onboard } from './stages/onboarding.ts'
import { runStage } from './stage.ts'

await runStage({
  usage: `Usage: node onboard.ts --config FILE [--from DIR] [--mirror URL] [--source FILE|URL [--columns a,b,c]]

Gets the iris flowers, checked against the published sums, and puts them at data.path.

  --from DIR     take iris.csv from this folder, without a network
  --mirror URL   download iris.csv from this folder in place of the known ones
  --source PLACE other data: a CSV file here, at s3://… or http(s)://…
  --columns a,b  the header that --source gets when its first row holds values (default: that of iris)
`,
  options: ['from', 'mirror', 'source', 'columns'],
  run: onboard,
})
