/** Conditions of a filter as SQL that every dialect reads alike. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type Test } from '../filter/parse-test.ts'

/** What `test` asks of `column`. An absent value fulfils nothing but IS NULL. */
export function testColumn(column: string, test: Test): RawBuilder<SqlBool> {
  const value = sql.ref(column)
  switch (test.kind) {
    case 'number':
      return sql<SqlBool>`${value} ${sql.raw(test.operator)} ${test.value}`
    case 'text':
      if (test.operator === 'ILIKE') return sql<SqlBool>`lower(${value}) like lower(${test.value})`
      return sql<SqlBool>`${value} ${sql.raw(test.operator)} ${test.value}`
    case 'list':
      return sql<SqlBool>`${value} ${sql.raw(test.operator)} (${sql.join(test.values)})`
    case 'null':
      return sql<SqlBool>`${value} ${sql.raw(test.operator)}`
    default:
      return test satisfies never
  }
}

/** What `test` asks of a row that may not be there: whether `rows` (a `from … where …`) has one that fulfils it. */
export function testRows(rows: RawBuilder<unknown>, column: string, test: Test): RawBuilder<SqlBool> {
  if (test.kind === 'null') {
    return test.operator === 'IS NULL'
      ? sql<SqlBool>`not exists (select 1 ${rows})`
      : sql<SqlBool>`exists (select 1 ${rows})`
  }
  return sql<SqlBool>`exists (select 1 ${rows} and ${testColumn(column, test)})`
}
