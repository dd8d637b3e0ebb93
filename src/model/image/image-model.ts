/** A trained classifier of images: one ONNX graph from pixels to label and probabilities, with all that is known of it. */
import { z } from 'zod'
import { MillraceError } from '../../core/index.ts'
import {
  type Advised,
  type Image,
  imageAt,
  type ImagePreprocessing,
  imagePreprocessing,
  imagePreprocessor,
  type ImageSet,
  preprocessedSize,
} from '../../images/index.ts'
import type { StateDict } from '../../nn/index.ts'
import { Session } from '../../onnx/index.ts'
import { modelFiles, openModelFolder, type SaveModelOptions, writeModelFolder } from '../model-folder.ts'
import type { ClassificationPrediction } from '../prediction.ts'
import { imageSignatureOf, type Signature } from '../signature.ts'

const sizeSchema = z.strictObject({ height: z.int().positive(), width: z.int().positive() })

const imageConfigSchema = z.strictObject({
  version: z.literal(1),
  /** Name of the architecture. */
  kind: z.string(),
  task: z.literal('image-classification'),
  classes: z.array(z.string()).min(1),
  /** What is done to an image before the network sees it. Scaling and normalising are part of the graph. */
  preprocessing: z.unknown().transform((value) => imagePreprocessing(value as ImagePreprocessing)),
  /** The size of images after their transforms. */
  size: sizeSchema,
  /** What the model was configured with. */
  params: z.record(z.string(), z.unknown()),
})

/** The content of `config.json`: with the weights and the architecture's code, enough to make the network again. */
export type ImageModelConfig = z.output<typeof imageConfigSchema>

export interface ImageModelContent {
  readonly config: ImageModelConfig
  readonly onnx: Uint8Array
  readonly weights: StateDict
}

/** Images that are scored at once, at most. */
const CHUNK_IMAGES = 256

/** A classifier of images that can predict and be saved. Dispose of it to free its session. */
export class ImageModel implements AsyncDisposable {
  readonly content: ImageModelContent
  #session: Promise<Session> | undefined
  #preprocess: ((image: Image) => Float32Array) | undefined

  constructor(content: ImageModelContent) {
    this.content = content
  }

  get config(): ImageModelConfig {
    return this.content.config
  }

  /** [channels, height, width] of an image as the graph takes it. */
  get shape(): readonly [number, number, number] {
    const { preprocessing, size } = this.config
    return [preprocessing.channels, size.height, size.width]
  }

  get signature(): Signature {
    return imageSignatureOf(this.shape, this.config.classes.length)
  }

  /**
   * The values of an image as the graph takes them: transformed, 0 to 1, channels first.
   *
   * @param advise to whom errors give advice, as in `decodeImage`
   * @throws MillraceError INVALID_DATA for an image of another size that no transform brings to the model's
   */
  pixelsOf(image: Image, advise: Advised = 'caller'): Float32Array {
    const { normalize: _, ...transforms } = this.config.preprocessing
    const found = preprocessedSize(transforms, image)
    const { size } = this.config
    const { height, width } = size
    if (found?.height !== height || found.width !== width) {
      throw new MillraceError(
        'INVALID_DATA',
        `The model takes images of ${height} × ${width} pixels, found ${image.height} × ${image.width}. Scale the image${advise === 'sender' ? '' : ', or train with a transform that does'}.`,
      )
    }
    this.#preprocess ??= imagePreprocessor(transforms, size)
    return this.#preprocess(image)
  }

  /** Classifies images, through the very graph that is served. @throws MillraceError as `pixelsOf` */
  async predict(images: Iterable<Image>): Promise<ClassificationPrediction> {
    const pixels = Array.from(images, (image) => this.pixelsOf(image))
    return await this.#classify(pixels.length, (index) => pixels[index]!)
  }

  /** Classifies every image of a set. @throws DataError naming a file that cannot be read */
  async predictSet(set: ImageSet): Promise<ClassificationPrediction> {
    return await this.#classify(set.count, async (index) => this.pixelsOf(await imageAt(set, index)))
  }

  async #classify(
    count: number,
    pixelsAt: (index: number) => Float32Array | Promise<Float32Array>,
  ): Promise<ClassificationPrediction> {
    const session = await (this.#session ??= Session.load(this.content.onnx))
    const { classes } = this.config
    const length = this.shape.reduce((product, size) => product * size, 1)
    const labels: string[] = []
    const probabilities = new Float32Array(count * classes.length)
    for (let start = 0; start < count; start += CHUNK_IMAGES) {
      const rows = Math.min(CHUNK_IMAGES, count - start)
      const data = new Float32Array(rows * length)
      for (let row = 0; row < rows; row++) data.set(await pixelsAt(start + row), row * length)
      const found = await session.run({ image: { dtype: 'float32', data, shape: [rows, ...this.shape] } })
      for (const label of found['label']!.data as readonly string[]) labels.push(label)
      probabilities.set(found['probabilities']!.data as Float32Array, start * classes.length)
    }
    return { task: 'classification', classes, labels, probabilities }
  }

  /**
   * Writes the model as an MLflow model folder at `folder` and returns that path, as `ModelPackage.save` does.
   *
   * @throws MillraceError STORAGE_FAILED when the disk refuses
   */
  async save(folder: string, options: SaveModelOptions = {}): Promise<string> {
    return await writeModelFolder(folder, modelFiles(this.content), { signature: this.signature, ...options })
  }

  /**
   * Reads a model folder that Millrace wrote.
   *
   * @throws MillraceError INVALID_MODEL naming the file that is missing, not as it was written, or of another kind
   */
  static async load(folder: string): Promise<ImageModel> {
    const files = await openModelFolder(folder)
    const config = await files.json('config.json', imageConfigSchema)
    return new ImageModel({ config, ...(await files.network()) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that could not be loaded has said so where it was needed.
    await (await this.#session?.catch(() => undefined))?.[Symbol.asyncDispose]()
  }
}
