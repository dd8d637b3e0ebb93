import { testExamples } from '../../test/documentation.ts'

testExamples('docs/images.md', 3)
