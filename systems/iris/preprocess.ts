import { preprocess } from './stages/preprocessing.ts'
import { runStage } from './stage.ts'

await runStage({
  usage: `Usage: node preprocess.ts --config FILE

Reads data.path, keeps valid_size of the rows back by seed, fits the scaler on the others, and writes train.csv, valid.csv
and preprocessor.json into preprocessing.output_dir.
`,
  run: preprocess,
})
