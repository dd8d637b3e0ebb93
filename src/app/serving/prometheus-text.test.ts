import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { parsePrometheusText } from './prometheus-text.ts'

test('reads back what a client of Prometheus writes, whatever its labels hold', async () => {
  const registry = new Registry()
  const registers = [registry]
  const hostile = 'a "b", c=\\n{} \n 🐧'
  new Counter({ name: 'asked_total', help: 'with\nlines', labelNames: ['who', 'how'], registers }).inc(
    { who: hostile, how: '' },
    3,
  )
  const gauge = new Gauge({ name: 'level', help: 'h', labelNames: ['of'], registers })
  gauge.set({ of: 'most' }, Infinity)
  gauge.set({ of: 'least' }, -Infinity)
  gauge.set({ of: 'none' }, Number.NaN)
  new Histogram({ name: 'took', help: 'h', buckets: [0.5], registers }).observe(0.25)
  expect(parsePrometheusText(await registry.metrics())).toEqual([
    { name: 'asked_total', labels: { who: hostile, how: '' }, value: 3 },
    { name: 'level', labels: { of: 'most' }, value: Infinity },
    { name: 'level', labels: { of: 'least' }, value: -Infinity },
    { name: 'level', labels: { of: 'none' }, value: Number.NaN },
    { name: 'took_bucket', labels: { le: '0.5' }, value: 1 },
    { name: 'took_bucket', labels: { le: '+Inf' }, value: 1 },
    { name: 'took_sum', labels: {}, value: 0.25 },
    { name: 'took_count', labels: {}, value: 1 },
  ])
})

test('leaves out what is no sample', () => {
  expect(parsePrometheusText('<html>\n# TYPE a counter\n\na 1.5e3 1700000000000\r\n{b="c"} 1\n')).toEqual([
    { name: 'a', labels: {}, value: 1500 },
  ])
})
