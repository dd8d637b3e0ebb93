import { testExamples } from '../../test/documentation.ts'

testExamples('docs/search.md', 1, ['systems/penguins/data/penguins.csv'])
