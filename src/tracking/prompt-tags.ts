/**
 * MLflow keeps prompts in the tables of models, told apart by a tag: the name and its versions are tagged, and the text of
 * a prompt version is a tag, too.
 */
import { type TextMap } from './entities.ts'

/** Its value is always `true`. */
export const promptTag = 'mlflow.prompt.is_prompt'

/** The tag that has the text of a prompt version. */
export const promptTextTag = 'mlflow.prompt.text'

/** The tag that says whether the text is one or a list of messages as JSON. */
export const promptTypeTag = '_mlflow_prompt_type'

/** A version must have a source; these say that a prompt has none. */
export const promptSources: ReadonlySet<string> = new Set(['dummy-source', 'prompt-template'])

/** Whether something with these tags is a prompt or a version of one. */
export function isPromptTags(tags: TextMap): boolean {
  return tags[promptTag]?.toLowerCase() === 'true'
}
