/** How a trained model is stored as an artifact: all that its folder would hold. */
import { type ModelContent, ModelPackage } from '../model/index.ts'
import { registerCodec } from './codec.ts'

registerCodec<ModelPackage>(ModelPackage, {
  name: 'ModelPackage',
  encode: ({ content }) => ({ ...content, onnx: new Uint8Array(content.onnx) }),
  decode: (content) => new ModelPackage(content as ModelContent),
})
