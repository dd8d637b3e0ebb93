import { testExamples } from '../../test/documentation.ts'

testExamples('tracking.md', 3)
