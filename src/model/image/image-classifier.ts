/** Classifiers of images by a network of one's own. */
import type { z } from 'zod'
import { MillraceError, type ObservedDataset, parseWith } from '../../core/index.ts'
import { hasRandomness, imageDataset, type ImageSet, preprocessedSize } from '../../images/index.ts'
import {
  batchAccuracy,
  crossEntropyLoss,
  type Dataset,
  type Module,
  train,
  type TrainingResult,
  type TrainOptions,
} from '../../nn/index.ts'
import { OnnxGraph } from '../../onnx/index.ts'
import { labelsFromJSON } from '../../preprocess/index.ts'
import { constant, div, input, sub, type Tensor } from '../../tensor/index.ts'
import { lowerClasses, traceNetwork } from '../assemble.ts'
import { optimizerOf } from '../optimizer-config.ts'
import { reportTraining } from '../report-training.ts'
import { ImageModel, type ImageModelConfig } from './image-model.ts'
import { type ImageTraining, type ImageTrainingOptions, imageTrainingSchema, scheduleOf } from './image-training.ts'

/** What a network has to be made for. */
export interface ImageTask {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly classCount: number
}

/** A network in code: its name, its options, and how it is built. */
export interface ImageArchitecture<Output extends object, Input> {
  /** Such as `fashion-cnn`. */
  readonly kind: string
  /** The options of the network; each should have a default. */
  readonly options: z.ZodType<Output, Input>
  /** A network from [batch, channels, height, width] to logits [batch, classes]. */
  readonly build: (options: Output, task: ImageTask) => Module
}

/** A configuration as users write it. */
export interface ImageClassifierOptions<Input> {
  readonly network?: Input
  readonly training: ImageTrainingOptions
}

/** A complete configuration: every option has its value. */
export interface ImageClassifierConfig<Output> {
  readonly network: Output
  readonly training: ImageTraining
}

/** What a training may be given besides the configuration. */
export interface ImageTrainOptions extends Pick<
  TrainOptions,
  'signal' | 'onEpoch' | 'onStep' | 'checkpoints' | 'resume' | 'threads'
> {
  /** Images that are not learned from: measured after each epoch, for early stopping and for keeping the best. */
  readonly validation?: ImageSet
  /** Threads that prepare images ahead of the training. Default 0. */
  readonly workers?: number
}

export interface TrainedImageModel {
  readonly model: ImageModel
  /** How the training of the network went. */
  readonly training: TrainingResult
}

/** A configured classifier. It can be trained; what that gives can predict. */
export interface ImageClassifier<Output> {
  readonly kind: string
  params(): ImageClassifierConfig<Output>
  /**
   * @throws MillraceError INVALID_DATA for images that cannot be learned from, ShapeError naming the module where the
   *   network does not fit them
   */
  train(set: ImageSet, options?: ImageTrainOptions): Promise<TrainedImageModel>
}

/** A kind of classifier: how to configure one, and how to make a saved one's network again. */
export interface ImageClassifierKind<Output, Input> {
  readonly kind: string
  /** @throws MillraceError INVALID_CONFIG naming the key that is unknown or has a wrong value */
  create(options: ImageClassifierOptions<Input>): ImageClassifier<Output>
  /** The network of a saved model with its weights. @throws MillraceError INVALID_MODEL for a model of another kind */
  recreate(model: ImageModel): Module
}

/** Makes a kind of classifier of a network. */
export function imageClassifier<Output extends object, Input>(
  architecture: ImageArchitecture<Output, Input>,
): ImageClassifierKind<Output, Input> {
  const { kind, options: schema, build } = architecture
  const networkOf = (options: unknown): Output => parseWith(schema, options, `The network of ${kind}`)
  return {
    kind,
    create({ network, training }) {
      const config = {
        network: networkOf(network ?? {}),
        training: parseWith(imageTrainingSchema, training, `The training of ${kind}`),
      }
      checkTraining(config.training)
      return {
        kind,
        params: () => config,
        train: async (set, options = {}) =>
          await reportTraining(
            kind,
            { ...config.network, ...config.training },
            async () => await imageDatasets(set, options),
            async () => await trainImages(architecture, config, set, options),
          ),
      }
    },
    recreate(model) {
      const { config } = model
      if (config.kind !== kind) {
        throw new MillraceError('INVALID_MODEL', `The model is of the kind "${config.kind}", expected "${kind}".`)
      }
      const network = build(networkOf(config.params['network']), taskOf(config))
      network.loadStateDict(model.content.weights)
      return network
    },
  }
}

async function trainImages<Output extends object, Input>(
  { kind, build }: ImageArchitecture<Output, Input>,
  { network: networkOptions, training }: ImageClassifierConfig<Output>,
  set: ImageSet,
  { validation, workers = 0, ...options }: ImageTrainOptions,
): Promise<TrainedImageModel> {
  const { preprocessing, augmentation = preprocessing, seed, patience, clipNorm } = training
  const size = preprocessedSize(preprocessing, set.size)
  if (size === undefined) throw differentSizes(set)
  checkSets(set, validation, patience)
  const config: ImageModelConfig = {
    version: 1,
    kind,
    task: 'image-classification',
    classes: [...set.classes],
    preprocessing,
    size,
    params: { network: networkOptions, training },
  }
  const network = build(networkOptions, taskOf(config))
  const result = await train(network, imageDataset(set, { preprocessing: augmentation, seed, workers }), {
    ...options,
    loss: crossEntropyLoss({ labelSmoothing: training.labelSmoothing }),
    metrics: { accuracy: batchAccuracy() },
    optimizer: optimizerOf(training),
    schedule: scheduleOf(training),
    epochs: training.epochs,
    batchSize: training.batchSize,
    seed,
    dropLast: set.count > training.batchSize,
    ...(validation !== undefined && { validation: plainDataset(validation, training) }),
    ...(patience !== undefined && { earlyStopping: { patience } }),
    ...(clipNorm !== undefined && { clipNorm }),
  })
  const content = { config, onnx: assembleImageOnnx(network, config), weights: network.stateDict() }
  return { model: new ImageModel(content), training: result }
}

function plainDataset(set: ImageSet, { preprocessing, seed }: ImageTraining): Dataset {
  return imageDataset(set, { preprocessing, seed })
}

/**
 * The bytes of `model.onnx`: images scaled to 0…1 are normalised, classified and named. Weights stand in it under their
 * parameters' names.
 */
function assembleImageOnnx(network: Module, { preprocessing, size, classes }: ImageModelConfig): Uint8Array {
  const graph = new OnnxGraph('model')
  const shape = ['batch', preprocessing.channels, size.height, size.width] as const
  const image = input('image', shape)
  const bound = new Map([[image, graph.input('image', 'float32', shape)]])
  const logits = traceNetwork(graph, network, normalized(image, preprocessing), bound)
  lowerClasses(graph, logits, bound, labelsFromJSON({ type: 'string', classes }))
  return graph.toBytes()
}

/** (x − mean) / std of each channel, in the same steps of single precision as while training. */
function normalized(image: Tensor, { normalize }: ImageModelConfig['preprocessing']): Tensor {
  if (normalize === undefined) return image
  return div(sub(image, perChannel(normalize.mean)), perChannel(normalize.std))
}

function perChannel(values: readonly number[]): Tensor {
  return constant(Float32Array.from(values), [values.length, 1, 1], 'float32')
}

function taskOf({ preprocessing, size, classes }: ImageModelConfig): ImageTask {
  return { channels: preprocessing.channels, ...size, classCount: classes.length }
}

async function imageDatasets(set: ImageSet, { validation }: ImageTrainOptions): Promise<readonly ObservedDataset[]> {
  const training = await observed(set, 'training')
  return validation === undefined ? [training] : [training, await observed(validation, 'validation')]
}

async function observed(set: ImageSet, context: ObservedDataset['context']): Promise<ObservedDataset> {
  const columns = [
    { name: 'image', type: 'binary' },
    { name: 'label', type: 'string' },
  ]
  return { name: set.name, source: set.source, context, digest: await set.digest(), rowCount: set.count, columns }
}

function checkTraining({ preprocessing }: ImageTraining): void {
  if (!hasRandomness(preprocessing)) return
  throw new MillraceError(
    'INVALID_CONFIG',
    '"preprocessing" holds random transforms, but a model is served with it. Put them into "augmentation".',
  )
}

function checkSets(set: ImageSet, validation: ImageSet | undefined, patience: number | undefined): void {
  if (set.classes.length < 2) {
    throw new MillraceError(
      'INVALID_DATA',
      `${set.name} has the class "${set.classes[0]}" only. A classifier needs at least two.`,
    )
  }
  if (validation !== undefined && validation.classes.join('\n') !== set.classes.join('\n')) {
    throw new MillraceError(
      'INVALID_DATA',
      `${validation.name} has the classes ${validation.classes.join(', ')}, ${set.name} has ${set.classes.join(', ')}. Read both with the same \`classes\`.`,
    )
  }
  if (patience !== undefined && validation === undefined) {
    throw new MillraceError(
      'INVALID_CONFIG',
      '"patience" needs validation images to look at. Give some, or leave it out.',
    )
  }
}

function differentSizes(set: ImageSet): MillraceError {
  return new MillraceError(
    'INVALID_DATA',
    `The images of ${set.name} differ in size, a network needs one. Add a transform to "preprocessing" that gives all one size, such as resize.`,
  )
}
