export { sqliteDialect, whenUnlocked } from './dialect.ts'
export { describeSqliteError, sqliteCode } from './error.ts'
