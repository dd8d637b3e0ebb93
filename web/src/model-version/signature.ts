/** The signature of a model, as its `MLmodel` file has it. */
import { parse } from 'yaml'
import { z } from 'zod'

/** A column, tensor or parameter of a signature. */
export interface SignatureField {
  readonly name: string
  /** Such as `double` or `float32 [-1, 3]`. */
  readonly type: string
}

export interface Signature {
  readonly inputs: readonly SignatureField[]
  readonly outputs: readonly SignatureField[]
  readonly params: readonly SignatureField[]
}

const shapeField = z.array(z.number())

const fieldSchema = z
  .looseObject({
    name: z.string().default(''),
    type: z.string().default(''),
    required: z.boolean().default(true),
    shape: shapeField.nullish(),
    'tensor-spec': z.object({ dtype: z.string(), shape: shapeField }).optional(),
  })
  .transform(({ name, type, required, shape, 'tensor-spec': tensor }): SignatureField => {
    const [kind, size] = tensor === undefined ? [type, shape ?? undefined] : [tensor.dtype, tensor.shape]
    const sizes = size === undefined ? '' : ` [${size.join(', ')}]`
    return { name, type: `${kind}${sizes}${required ? '' : '?'}` }
  })

const fieldsText = z
  .string()
  .nullish()
  .transform((text, context): readonly SignatureField[] => {
    if (text === undefined || text === null) return []
    const fields = z.array(fieldSchema).safeParse(parseJson(text))
    if (fields.success) return fields.data
    context.addIssue({ code: 'custom', message: 'no list of fields' })
    return z.NEVER
  })

const mlmodelSchema = z.object({
  signature: z.object({ inputs: fieldsText, outputs: fieldsText, params: fieldsText }).nullish(),
})

/** Undefined where the file has none, or one that cannot be read. */
export function signatureOf(mlmodel: string): Signature | undefined {
  try {
    return mlmodelSchema.safeParse(parse(mlmodel)).data?.signature ?? undefined
  } catch {
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
