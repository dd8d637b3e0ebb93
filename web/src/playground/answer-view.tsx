/** What a model says: the class with the probabilities of all as bars, or a number. */
import { Box, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Answer } from '../api/serving.ts'
import { formatNumber, formatPercent } from '../shell/times.ts'
import { strings } from '../strings.ts'
import { sortedShares } from './compare-answers.ts'

const text = strings.playground

export function AnswerView({ answer }: { readonly answer: Answer }): ReactNode {
  const { prediction } = answer
  const shares = sortedShares(answer)
  const [best] = shares
  return (
    <Stack gap="sm">
      <Group gap="sm" align="baseline">
        <Text component="output" fz={28} fw={650} lh={1.2} className="user-text">
          {typeof prediction === 'number' ? formatNumber(prediction) : prediction}
        </Text>
        {best !== undefined && (
          <Text size="sm" c="dimmed">
            {text.sure(formatPercent(best[1]))}
          </Text>
        )}
      </Group>
      {shares.length > 0 && (
        <Stack gap={6} role="list" aria-label={text.probabilities}>
          {shares.map(([name, share]) => (
            <Bar key={name} name={name} share={share} />
          ))}
        </Stack>
      )}
    </Stack>
  )
}

function Bar({ name, share }: { readonly name: string; readonly share: number }): ReactNode {
  return (
    <div role="listitem">
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" className="user-text">
          {name}
        </Text>
        <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {formatPercent(share)}
        </Text>
      </Group>
      <Box bg="var(--mantine-color-default-border)" h={8} style={{ borderRadius: 4, overflow: 'hidden' }}>
        <Box bg="var(--mantine-primary-color-filled)" h={8} w={`${100 * share}%`} />
      </Box>
    </div>
  )
}
