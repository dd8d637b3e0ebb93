import { testExamples } from '../../test/documentation.ts'

testExamples('docs/tracking.md', 4)
