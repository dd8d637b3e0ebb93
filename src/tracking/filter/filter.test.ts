import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../core/index.ts'
import { type Condition, parseFilter } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import { experimentVocabulary, modelVersionVocabulary, registeredModelVocabulary, runVocabulary } from './vocabulary.ts'

/** The conditions of a filter without alternatives. */
const parse = (filter: string): readonly Condition[] => parseFilter(filter, runVocabulary) as readonly Condition[]

describe('the filter grammar', () => {
  it('reads comparisons of every kind of thing, joined by AND in any case', () => {
    const filter =
      "metrics.acc >= 0.9 and params.lr = '0.1' AND tags.`odd key` LIKE '%x%' And attributes.status != \"FAILED\" AND dataset.name = 'iris'"
    expect(parse(filter)).toEqual([
      { entity: 'metric', key: 'acc', test: { kind: 'number', operator: '>=', value: 0.9 } },
      { entity: 'param', key: 'lr', test: { kind: 'text', operator: '=', value: '0.1' } },
      { entity: 'tag', key: 'odd key', test: { kind: 'text', operator: 'LIKE', value: '%x%' } },
      { entity: 'attribute', key: 'status', test: { kind: 'text', operator: '!=', value: 'FAILED' } },
      { entity: 'dataset', key: 'name', test: { kind: 'text', operator: '=', value: 'iris' } },
    ])
  })

  it('takes dots, slashes and dashes in keys without quotes, and quotes of either kind', () => {
    expect(parse("tags.mlflow.parentRunId = 'a'")[0]?.key).toBe('mlflow.parentRunId')
    expect(parse('metrics.val/loss-1 < -1.5e-3')[0]).toMatchObject({ key: 'val/loss-1', test: { value: -0.0015 } })
    expect(parse(`params."a b" = "it's"`)[0]).toMatchObject({ key: 'a b', test: { value: "it's" } })
  })

  it('knows bare words and the synonyms of attributes', () => {
    expect(parse("run_name ilike 'x'")[0]).toMatchObject({ entity: 'attribute', key: 'run_name' })
    expect(parse("`Run Name` = 'x'")[0]?.key).toBe('run_name')
    expect(parse('created > 5')[0]).toMatchObject({ key: 'start_time', test: { value: 5 } })
    expect(parse('run.run_id IN (\'a\', "b")')[0]?.test).toEqual({ kind: 'list', operator: 'IN', values: ['a', 'b'] })
  })

  it('tests for absence where a thing may be absent', () => {
    expect(parse('tags.x IS NULL AND params.y is not null').map((condition) => condition.test)).toEqual([
      { kind: 'null', operator: 'IS NULL' },
      { kind: 'null', operator: 'IS NOT NULL' },
    ])
  })

  it('takes alternatives and parentheses, AND before OR', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(aboveOne)
    expect(readAlternatives('a OR b AND c')).toEqual([{ any: [[a], [b, c]] }])
    expect(readAlternatives('(a or b) AND c')).toEqual([{ any: [[a], [b]] }, c])
    expect(readAlternatives('((a)) AND (b AND c)')).toEqual([a, b, c])
    for (const wrong of ['(a', 'a)', 'a OR', 'OR a', '()', `${'('.repeat(21)}a${')'.repeat(21)}`]) {
      expect(() => readAlternatives(wrong), wrong).toThrow(MillraceError)
    }
  })

  it('takes regular expressions that can be read', () => {
    expect(parse("params.name RLIKE '^a.*z$'")[0]?.test).toEqual({ kind: 'text', operator: 'RLIKE', value: '^a.*z$' })
    expect(() => parse("params.name RLIKE '('")).toThrow(/Invalid regular expression '\('.*at character 19/)
  })

  it('takes nothing as no condition', () => {
    expect(parseFilter(undefined, runVocabulary)).toEqual([])
    expect(parse('   ')).toEqual([])
  })

  it('gives back any text value that its quotes can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const quote = value.includes("'") ? '"' : "'"
        fc.pre(!value.includes(quote))
        expect(parse(`tags.k=${quote}${value}${quote}`)[0]?.test).toMatchObject({ value })
      }),
    )
  })

  it('either reads a text or says INVALID_PARAMETER_VALUE, never anything else', () => {
    const pieces = fc.constantFrom(
      'metrics.a',
      'tags.`b`',
      '=',
      '>',
      "'x'",
      '1',
      'AND',
      'IS',
      'NOT',
      'NULL',
      'IN',
      '(',
      ')',
      ',',
      '"',
      '`',
      'OR',
      'status',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (chosen) => {
        try {
          parse(chosen.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(MillraceError)
          expect(error).toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
        }
      }),
    )
  })
})

describe('a filter that is wrong', () => {
  it.each([
    ['metrics.a > 1 XOR metrics.b > 1', /expected AND, found XOR \(at character 15/],
    ["metrics.a > '1'", /Expected numeric value type for metric\. Found '1' \(at character 13/],
    ['params.a = 1', /Expected a quoted string value for parameter .* Got value 1/],
    ["foo.a = 'x'", /Invalid entity type 'foo'/],
    ["nothing = 'x'", /Invalid attribute key 'nothing' specified/],
    ["dataset.size = 'x'", /Invalid dataset key 'size'/],
    ["tags.a > 'x'", /Invalid comparator '>'/],
    ['metrics.a LIKE 1', /Invalid comparator 'LIKE'/],
    ['metrics.a IS NULL', /only supported for tags and params/],
    ["status IN ('a')", /Only run_id attributes support/],
    ['run_id IN ()', /non-empty list/],
    ["run_id IN ('a' 'b')", /expected , or \)/],
    ["tags.a = 'x", /the quote ' is not closed \(at character 10/],
    ['tags.a', /Expected a comparison such as = or LIKE, found the end/],
    ["tags.a = 'x' AND", /expected a name/],
    ["tags. = 'x'", /expected a key after tags\./],
    ["(tags.a = 'x' tags.b", /expected AND, OR or \), found tags\.b/],
    ["__proto__ = 'x'", /Invalid attribute key '__proto__'/],
  ])('%s', (filter, message) => {
    expect(() => parse(filter)).toThrow(message)
  })

  it('is judged by the words of what is searched', () => {
    expect(() => parseFilter('metrics.a > 1', experimentVocabulary)).toThrow(/Invalid entity type 'metrics'/)
    expect(() => parseFilter("version_number = 'x'", modelVersionVocabulary)).toThrow(/Expected numeric value/)
    expect(() => parseFilter('tags.a IS NULL', registeredModelVocabulary)).toThrow(/only supported for nothing here/)
  })
})

describe('order clauses', () => {
  it('are ascending where nothing is said', () => {
    expect(parseOrder(['metrics.`a b` DESC', 'start_time', 'params.x asc'], runVocabulary)).toEqual([
      { entity: 'metric', key: 'a b', descending: true },
      { entity: 'attribute', key: 'start_time', descending: false },
      { entity: 'param', key: 'x', descending: false },
    ])
  })

  it.each([
    [['metrics.a sideways'], /Expected ASC or DESC/],
    [['metrics.a DESC x'], /Could not be parsed/],
    [['nothing'], /Invalid attribute key 'nothing'/],
    [['created', 'start_time DESC'], /contains duplicate fields/],
    [['dataset.name'], /order_by entity type/],
  ])('%j is refused', (clauses, message) => {
    expect(() => parseOrder(clauses, runVocabulary)).toThrow(message)
  })
})

function aboveOne(key: string): Condition {
  return { entity: 'metric', key, test: { kind: 'number', operator: '>', value: 1 } }
}

/** A filter of comparisons that are written by their letter. */
function readAlternatives(filter: string): unknown {
  return parseFilter(filter.replaceAll(/[abc]/g, 'metrics.$& > 1'), runVocabulary)
}
