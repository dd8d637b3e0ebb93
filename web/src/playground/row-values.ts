/** Between the texts of a form and the row that a model takes. */
import type { ColumnInput, ModelDescription, Row } from '../api/serving.ts'

/** What stands in the fields, by the names of the inputs; '' is a missing value. */
export type Texts = Readonly<Record<string, string>>

/** What is no number is sent as it is: the model server says what it expects. */
export function rowOf(inputs: readonly ColumnInput[], texts: Texts): Row {
  return Object.fromEntries(inputs.map(({ name, type }) => [name, valueOf(type, texts[name] ?? '')]))
}

function valueOf(type: ColumnInput['type'], text: string): Row[string] {
  if (text.trim() === '') return null
  if (type === 'string') return text
  const number = Number(text.trim().replace(',', '.'))
  return Number.isFinite(number) ? number : text
}

export function textsOf(row: Row): Texts {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)]))
}

/** A row of the input example, beginning again after the last; empty fields where there is none. */
export function exampleRow({ inputs, example }: Pick<ModelDescription, 'inputs' | 'example'>, place: number): Row {
  const values = example.data[place % Math.max(1, example.data.length)] ?? []
  return Object.fromEntries(inputs.map(({ name }) => [name, values[example.columns.indexOf(name)] ?? null]))
}

/** The texts that an input has in the example, to choose from. */
export function knownTexts({ example }: Pick<ModelDescription, 'example'>, name: string): readonly string[] {
  const place = example.columns.indexOf(name)
  const texts = example.data.map((row) => row[place]).filter((value) => typeof value === 'string')
  return [...new Set(texts)].toSorted()
}
