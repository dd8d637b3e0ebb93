import { testExamples } from '../../test/documentation.ts'

testExamples('docs/data.md', 6)
