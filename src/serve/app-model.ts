/** The served model as an app's own paths see it. */
import type { ImagePreprocessing } from '../images/index.ts'
import { detailedAnswers } from './answers.ts'
import { badRequest, type HttpRequest } from './http.ts'
import { type ModelInfo, modelInfo } from './model-info.ts'
import type { ModelOrigin } from './model-source.ts'
import { columnRows } from './raw-rows.ts'
import { scoreRequest } from './score-request.ts'
import type { ServerContext } from './server-context.ts'

/** The answer for one image. */
export interface AppAnswer {
  readonly prediction: string
  readonly confidence: number
  readonly probabilities: Readonly<Record<string, number>>
  /** The version that answered; null for a folder. */
  readonly version: number | null
}

/** The model, for the paths of an app. Of several models it tells of the first; `classify` shares them out. */
export interface AppModel {
  /** What GET /model_info tells. */
  readonly info: ModelInfo
  /** The bytes of `model.onnx`, as they are served. */
  readonly onnx: Uint8Array<ArrayBuffer>
  /** What is done to an image before the graph takes it, scaled to 0…1; undefined where the model takes rows. */
  readonly preprocessing: Pick<ImagePreprocessing, 'channels' | 'transforms'> | undefined
  /** Where the model comes from: its version, its run and the experiment, as the tracking store has them now. */
  readonly origin: () => Promise<ModelOrigin>
  /**
   * Classifies an image as a file holds it, together with what others ask at the time.
   *
   * @throws HttpError 400 for what is no image, or none that the model can use
   */
  readonly classify: (image: Uint8Array) => Promise<AppAnswer>
}

export function appModel(request: HttpRequest, context: ServerContext): AppModel {
  const { content, identity } = context.deployments[0]!.model
  return {
    info: modelInfo(context),
    get onnx() {
      return new Uint8Array(content.onnx)
    },
    preprocessing: content.preprocessing,
    origin: async () => await context.source.origin(identity),
    classify: async (image) => await classify(request, context, image),
  }
}

async function classify(request: HttpRequest, context: ServerContext, image: Uint8Array): Promise<AppAnswer> {
  const deployment = context.traffic.choose(request.header('x-routing-key'))
  const raw = columnRows({ image: [image] }, 'inputs')
  const { prediction, rows, identity } = await scoreRequest(request, context, deployment, raw, true)
  const [problem] = rows.errors
  if (problem !== undefined) throw badRequest(`Expected ${problem.expected}, found ${problem.found}.`)
  const [answer] = detailedAnswers(prediction, []) as readonly Omit<AppAnswer, 'version'>[]
  return { ...answer!, version: identity.version ?? null }
}
