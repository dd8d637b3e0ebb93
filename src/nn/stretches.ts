/** Which update rule works on which stretch of the flat parameter vector. */
import type { Slot } from './flat-state.ts'
import type { Parameter } from './module.ts'
import type { Optimizer, Stretch, UpdateRule } from './optimizers.ts'

export interface RuleStretches {
  readonly update: UpdateRule
  readonly stretches: readonly Stretch[]
}

/** Joins neighbouring parameters with the same rule: a model without groups is one stretch. */
export function groupStretches(slots: readonly Slot<Parameter>[], optimizer: Optimizer): readonly RuleStretches[] {
  const rules = new Map<string, { update: UpdateRule; stretches: { start: number; end: number }[] }>()
  for (const { name, start, end } of slots) {
    const { key, update } = optimizer.ruleFor(name)
    const rule = rules.get(key) ?? { update, stretches: [] }
    rules.set(key, rule)
    const last = rule.stretches.at(-1)
    if (last?.end === start) last.end = end
    else rule.stretches.push({ start, end })
  }
  return [...rules.values()]
}
