export { imageDataset, type ImageDatasetOptions } from './batches/image-dataset.ts'
export { type Advised, decodeImage, type DecodeOptions } from './decode.ts'
export { describeImages, type ImageSetDescription } from './describe.ts'
export { type Channels, type Image, type Size, withChannels } from './image.ts'
export { encodePlainPng } from './plain-png.ts'
export { type ImageFilesOptions, type ImageTableOptions, readImageFolder, readImageTable } from './sets/image-files.ts'
export {
  imageAt,
  type ImageSet,
  type ImageSetOptions,
  type ImagesInMemory,
  imagesInMemory,
  type SkippedImage,
} from './sets/image-set.ts'
export { type IdxOptions, readIdxImages } from './sets/idx.ts'
export { classesOf, type KnownImageSet, type KnownImagesOptions, loadKnownImages } from './sets/known-images.ts'
export { holdsImages, openImageSets } from './sets/open-image-sets.ts'
export { takeImages } from './sets/take-images.ts'
export { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './transforms/color.ts'
export {
  type Box,
  centerCrop,
  cropImage,
  flipHorizontally,
  flipVertically,
  invertImage,
  rotateImage,
} from './transforms/geometry.ts'
export { hasRandomness, imagePreprocessor, preprocessedSize, preprocessImage } from './transforms/preprocessing.ts'
export { type Filter, resizeImage } from './transforms/resample.ts'
export {
  type ImagePreprocessing,
  imagePreprocessing,
  type ImagePreprocessingOptions,
  type PixelTransform,
} from './transforms/transform.ts'
