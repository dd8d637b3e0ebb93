import { testExamples } from '../../test/documentation.ts'

testExamples('docs/models.md', 5, ['systems/penguins/data/penguins.csv'])
