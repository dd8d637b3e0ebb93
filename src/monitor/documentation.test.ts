/** The examples of docs/monitoring.md print what the page says. */
import { testExamples } from '../../test/documentation.ts'

testExamples('docs/monitoring.md', 3, ['systems/penguins/data/penguins.csv'])
