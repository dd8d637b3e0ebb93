import { testExamples } from '../../test/documentation.ts'

testExamples('docs/serving.md', 1, ['systems/penguins/data/penguins.csv'])
