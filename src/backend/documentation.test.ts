import { testExamples } from '../../test/documentation.ts'

testExamples('docs/backends.md', 1)
