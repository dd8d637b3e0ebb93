/**
 * MLflow keeps prompts in the tables of models, told apart by a tag. A search finds models only, unless it asks for
 * prompts; its own client asks for `is_prompt != 'true'` each time, which must match models without the tag.
 */
import { type Condition } from '../filter/parse-filter.ts'

const promptTag = 'mlflow.prompt.is_prompt'

/** `conditions` with what they say about prompts put so that it is true of things without the tag. */
export function promptConditions(conditions: readonly Condition[]): readonly Condition[] {
  const others = conditions.filter(({ entity, key }) => entity !== 'tag' || key !== promptTag)
  const asked = conditions.find(({ entity, key }) => entity === 'tag' && key === promptTag)
  return [...others, wantsPrompts(asked) ? isPrompt : isNoPrompt]
}

const isPrompt: Condition = { entity: 'tag', key: promptTag, test: { kind: 'text', operator: '=', value: 'true' } }
// The tag is set on prompts alone, and always to 'true'.
const isNoPrompt: Condition = { entity: 'tag', key: promptTag, test: { kind: 'null', operator: 'IS NULL' } }

function wantsPrompts(condition: Condition | undefined): boolean {
  if (condition?.test.kind !== 'text') return false
  const { operator, value } = condition.test
  return (operator === '=' && value.toLowerCase() === 'true') || (operator === '!=' && value.toLowerCase() === 'false')
}
