/** docs/errors.md explains every error code there is, and none that there is not. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../src/core/index.ts'

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ code: section.slice(0, section.indexOf('\n')), section }))

describe('docs/errors.md', () => {
  it('has a section for each code, in the order of the source', () => {
    expect(sections.map(({ code }) => code)).toEqual(Object.keys(errorCodes))
  })

  it.each(sections)('gives exit code, example and cure of $code', ({ code, section }) => {
    expect(section).toContain(`\nExit code ${errorCodes[code as keyof typeof errorCodes]}. `)
    expect(section).toMatch(new RegExp(`\`\`\`text\nmillrace: .{20,} \\[${code}\\]\n\`\`\`\n`))
    expect(section).toMatch(/\n\*\*What to do\.\*\* .{20,}/)
  })
})
