import { testExamples } from '../../test/documentation.ts'

testExamples('docs/models.md', 4, ['systems/penguins/data/penguins.csv'])
