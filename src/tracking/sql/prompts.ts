/**
 * Prompts among the models. A search finds models only, unless it asks for prompts; MLflow's client asks for
 * `is_prompt != 'true'` each time, which must match models without the tag.
 */
import { type Condition, type Conjunction } from '../filter/parse-filter.ts'
import { promptTag } from '../prompt-tags.ts'
import { type StoreContext } from './store-context.ts'

/** Whether the model of that name is a prompt. */
export async function isPromptModel(db: StoreContext['db'], name: string): Promise<boolean> {
  const tag = await db
    .selectFrom('registered_model_tags')
    .select('value')
    .where('name', '=', name)
    .where('key', '=', promptTag)
    .executeTakeFirst()
  return tag?.value?.toLowerCase() === 'true'
}

/** `conditions` with what they say about prompts put so that it is true of things without the tag. */
export function promptConditions(conditions: Conjunction): Conjunction {
  const rewritten = rewrite(conditions)
  return mentions(rewritten) ? rewritten : [...rewritten, isNoPrompt]
}

function rewrite(conditions: Conjunction): Conjunction {
  return conditions.map((part) => {
    if ('any' in part) return { any: part.any.map(rewrite) }
    if (part.entity !== 'tag' || part.key !== promptTag) return part
    return wantsPrompts(part) ? isPrompt : isNoPrompt
  })
}

/** Whether a search asks for prompts, or says about all it finds that they are none. */
function mentions(conditions: Conjunction): boolean {
  return conditions.some((part) =>
    'any' in part ? part.any.some((all) => asks(all)) : part === isPrompt || part === isNoPrompt,
  )
}

function asks(conditions: Conjunction): boolean {
  return conditions.some((part) => ('any' in part ? part.any.some((all) => asks(all)) : part === isPrompt))
}

const isPrompt: Condition = { entity: 'tag', key: promptTag, test: { kind: 'text', operator: '=', value: 'true' } }
// The tag is set on prompts alone, and always to 'true'.
const isNoPrompt: Condition = { entity: 'tag', key: promptTag, test: { kind: 'null', operator: 'IS NULL' } }

function wantsPrompts(condition: Condition): boolean {
  if (condition.test.kind !== 'text') return false
  const { operator, value } = condition.test
  return (operator === '=' && value.toLowerCase() === 'true') || (operator === '!=' && value.toLowerCase() === 'false')
}
