/** How the charts of metrics are drawn, for all of them at once. */
import { Checkbox, Group, SegmentedControl, Slider, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { strings } from '../strings.ts'
import type { ChartSettings } from './metric-chart.tsx'

const text = strings.charts

interface ChartSettingsProps {
  readonly settings: ChartSettings
  readonly onChange: (settings: ChartSettings) => void
}

export function ChartSettingsBar({ settings, onChange }: ChartSettingsProps): ReactNode {
  return (
    <Group gap="lg">
      <SegmentedControl
        size="xs"
        aria-label={text.axis}
        value={settings.axis}
        data={(['step', 'relative', 'wall'] as const).map((value) => ({ value, label: text.axes[value] }))}
        onChange={(axis) => onChange({ ...settings, axis })}
      />
      <Group gap="xs" wrap="nowrap">
        <Text size="xs">{text.smoothing}</Text>
        <Slider
          w={140}
          size="sm"
          thumbLabel={text.smoothing}
          min={0}
          max={0.99}
          step={0.01}
          value={settings.smoothing}
          onChange={(smoothing) => onChange({ ...settings, smoothing })}
        />
      </Group>
      <Checkbox
        size="xs"
        label={text.logScale}
        checked={settings.logScale}
        onChange={({ currentTarget }) => onChange({ ...settings, logScale: currentTarget.checked })}
      />
      <Text size="xs" c="dimmed">
        {text.rangeHint}
      </Text>
    </Group>
  )
}
