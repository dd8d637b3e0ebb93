/**
 * Fashion-MNIST as an endpoint: a picture comes as the bytes of its file, its class and the confidence go back.
 *
 *     npx millrace container run serve --dir opt-ml systems/fashion-mnist/container/serve.ts
 *     curl http://127.0.0.1:8080/invocations -H 'content-type: image/png' --data-binary @boot.png
 */
import { defineServing } from 'millrace/container'
import { decodeImage } from 'millrace/images'
import { ImageModel } from 'millrace/model'
import { parseWith } from 'millrace/core'
import { z } from 'zod'
import { preprocessing } from '../images.ts'

/** What INVERT may say, and what it means for pictures. */
const inversions = { always: 'always', never: 'never', auto: 'light-border' } as const
const environment = z.object({ INVERT: z.enum(['always', 'never', 'auto']).default('always') })

export default defineServing({
  async start({ modelDir }) {
    const { INVERT } = parseWith(environment, process.env, 'The environment')
    const model = await servedModel(modelDir, inversions[INVERT])
    const answer = async (request: Request): Promise<Response> => {
      const type = request.headers.get('content-type')
      if (!isImage(type)) return unsupported(type)
      const image = await decodeImage(await request.bytes(), 'The picture', { advise: 'sender' })
      const { labels, probabilities } = await model.predict([image])
      return Response.json({ class: labels[0], confidence: probabilities.reduce((a, b) => Math.max(a, b)) })
    }
    return {
      routes: {
        'GET /ping': () => Response.json({ status: 'ok' }),
        'POST /invocations': answer,
        'POST /predict': answer,
      },
      close: () => model[Symbol.asyncDispose](),
    }
  },
})

/** The model, with what is to be done to pictures in place of what it was trained with. Normalising is part of its graph. */
async function servedModel(folder: string, invert: (typeof inversions)[keyof typeof inversions]): Promise<ImageModel> {
  const { content } = await ImageModel.load(folder)
  const { transforms } = preprocessing({ invert })
  const { config } = content
  return new ImageModel({
    ...content,
    config: { ...config, preprocessing: { ...config.preprocessing, transforms } },
  })
}

function isImage(type: string | null): boolean {
  return type === null || /^(image\/|application\/(x-image|octet-stream)\b)/.test(type)
}

function unsupported(type: string | null): Response {
  const message = `Expected the bytes of an image, found ${type}. Send content-type image/png, image/jpeg, application/x-image or application/octet-stream.`
  return Response.json({ error_code: 'UNSUPPORTED_MEDIA_TYPE', message }, { status: 415 })
}
