import { testExamples } from '../../test/documentation.ts'

testExamples('docs/flows.md', 6)
