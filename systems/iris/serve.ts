import { runStage } from './stage.ts'
import { serve } from './stages/serving.ts'

await runStage({
  usage: `Usage: node serve.ts --config FILE [--port N] [--host ADDRESS]

Serves the best model: GET /health, GET /info, POST /predict {"features": [[…]]}.

  --port N        where it answers (default 8000; 0 takes a free one)
  --host ADDRESS  127.0.0.1 (default) is open to this machine, 0.0.0.0 to all
`,
  options: ['port', 'host'],
  run: serve,
})
