/** SageMaker's interface, by AWS's own library, which is loaded with the first call. */
import type * as Library from '@aws-sdk/client-sagemaker'
import { asError, MillraceError } from '../core/index.ts'

/** Does `work` with a client; credentials, region and AWS_ENDPOINT_URL come from where AWS's tools find them. */
export async function withSageMaker<T>(what: string, work: (client: Library.SageMaker) => Promise<T>): Promise<T> {
  const { SageMaker } = await load()
  const client = new SageMaker()
  try {
    return await work(client)
  } catch (error) {
    if (error instanceof MillraceError) throw error
    const { name, message } = asError(error)
    throw new MillraceError(
      'ENDPOINT_FAILED',
      `Cannot ${what} at SageMaker: ${message} (${name}). Check credentials, AWS_REGION and what the role may do.`,
      { cause: error },
    )
  } finally {
    client.destroy()
  }
}

/** What `ask` finds; undefined where SageMaker says that there is no such thing. */
export async function findOne<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    const { name, message } = asError(error)
    if (name === 'ResourceNotFound' || /could not find|does not exist/i.test(message)) return undefined
    throw error
  }
}

async function load(): Promise<typeof Library> {
  try {
    return await import('@aws-sdk/client-sagemaker')
  } catch (cause) {
    throw new MillraceError(
      'RUNTIME_UNAVAILABLE',
      'SageMaker needs a package that is not installed. Install it: npm install @aws-sdk/client-sagemaker',
      { cause },
    )
  }
}
