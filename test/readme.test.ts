import { testExamples } from './documentation.ts'

testExamples('README.md', 1, ['systems/penguins/data/penguins.csv'])
