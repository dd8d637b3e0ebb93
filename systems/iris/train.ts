import { runStage } from './stage.ts'
import { train } from './stages/training.ts'

await runStage({
  usage: `Usage: node train.ts --config FILE

Trains model.name on what preprocess.ts has written. The model with the lowest validation loss is kept at
training.model_path with _best behind it, that of the last epoch with _final. With tracking on the run is kept where
MLFLOW_TRACKING_URI says, by default in mlflow.db.
`,
  run: train,
})
