/** Opens a saved model, of rows or of images. */
import { z } from 'zod'
import { ImageModel } from './image/image-model.ts'
import { openModelFolder } from './model-folder.ts'
import { ModelPackage } from './model-package.ts'

const taskSchema = z.looseObject({ task: z.string() })

/**
 * A saved model, whichever kind it is.
 *
 * @throws MillraceError INVALID_MODEL naming the file that is missing or not as it was written
 */
export async function loadModel(folder: string): Promise<ModelPackage | ImageModel> {
  const { task } = await (await openModelFolder(folder)).json('config.json', taskSchema)
  return await (task === 'image-classification' ? ImageModel : ModelPackage).load(folder)
}
