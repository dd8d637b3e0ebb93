import { testExamples } from '../../test/documentation.ts'

testExamples('docs/reports.md', 1)
