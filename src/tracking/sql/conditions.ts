/** Filters as SQL. */
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { type Condition, type Conjunction } from '../filter/parse-filter.ts'
import { type Test } from '../filter/parse-test.ts'
import { type SqlDialect } from './dialects.ts'

/** Whether all parts of a filter hold, each condition as `conditionSql` writes it; an empty filter always holds. */
export function filterSql<E extends string>(
  conjunction: Conjunction<E>,
  conditionSql: (condition: Condition<E>) => RawBuilder<SqlBool>,
): RawBuilder<SqlBool> {
  if (conjunction.length === 0) return sql<SqlBool>`1 = 1`
  const parts = conjunction.map((part) => {
    if (!('any' in part)) return conditionSql(part)
    return sql<SqlBool>`(${sql.join(
      part.any.map((alternative) => filterSql(alternative, conditionSql)),
      sql` or `,
    )})`
  })
  return sql<SqlBool>`(${sql.join(parts, sql` and `)})`
}

/** What `test` asks of a column or expression. An absent value fulfils nothing but IS NULL. */
export function testColumn(dialect: SqlDialect, column: string | RawBuilder<unknown>, test: Test): RawBuilder<SqlBool> {
  const value = typeof column === 'string' ? sql.ref(column) : column
  switch (test.kind) {
    case 'number':
      return sql<SqlBool>`${value} ${sql.raw(test.operator)} ${numberSql(test.value)}`
    case 'text':
      return testText(dialect, value, test)
    case 'list':
      return sql<SqlBool>`${value} ${sql.raw(test.operator)} (${sql.join(test.values)})`
    case 'null':
      return sql<SqlBool>`${value} ${sql.raw(test.operator)}`
    default:
      return test satisfies never
  }
}

/** What `test` asks of a row that may not be there: whether `rows` (a `from … where …`) has one that fulfils it. */
export function testRows(
  dialect: SqlDialect,
  rows: RawBuilder<unknown>,
  column: string,
  test: Test,
): RawBuilder<SqlBool> {
  if (test.kind === 'null') {
    return test.operator === 'IS NULL'
      ? sql<SqlBool>`not exists (select 1 ${rows})`
      : sql<SqlBool>`exists (select 1 ${rows})`
  }
  return sql<SqlBool>`exists (select 1 ${rows} and ${testColumn(dialect, column, test)})`
}

function testText(
  dialect: SqlDialect,
  value: RawBuilder<unknown>,
  { operator, value: asked }: Extract<Test, { kind: 'text' }>,
): RawBuilder<SqlBool> {
  switch (operator) {
    case '=':
    case '!=':
      return sql<SqlBool>`${value} ${sql.raw(operator)} ${asked}`
    case 'LIKE':
      return dialect.like(value, sql`${asked}`)
    case 'ILIKE':
      return dialect.like(sql`lower(${value})`, sql`lower(${asked})`)
    case 'RLIKE':
      return dialect.matches(value, asked)
    default:
      return operator satisfies never
  }
}

/** Short enough that a double can hold it. */
const numberPattern = '^[-+]?([0-9]{1,200}[.]?[0-9]{0,200}|[.][0-9]{1,200})([eE][-+]?[0-9]{1,2})?$'

/** The number that a text is, or null. */
export function numberOf(dialect: SqlDialect, text: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql<
    number | null
  >`(case when ${dialect.matches(text, numberPattern)} then cast(${text} as double precision) end)`
}

/** A database that knows types would take the number for one of the column's type, which may be whole and short. */
function numberSql(value: number): RawBuilder<number> {
  return Number.isSafeInteger(value)
    ? sql<number>`cast(${value} as bigint)`
    : sql<number>`cast(${value} as double precision)`
}
