import { testExamples } from '../../test/documentation.ts'

testExamples('docs/trees.md', 2, ['systems/penguins/data/penguins.csv'])
