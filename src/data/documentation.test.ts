import { testExamples } from '../../test/documentation.ts'

testExamples('data.md', 6)
