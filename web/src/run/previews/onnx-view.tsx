/** The graph of an ONNX model, drawn. */
import { Stack, Text } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { GraphView } from '../../charts/graph-view.tsx'
import { EmptyState } from '../../shell/failure.tsx'
import { strings } from '../../strings.ts'
import { onnxGraph } from './onnx-graph.ts'

/** Larger ones are a tangle, and take the browser long to lay out. */
const maxNodes = 400

export function OnnxView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  const graph = useMemo(() => onnxGraph(new Uint8Array(content)), [content])
  if (graph === undefined) return <EmptyState title={strings.artifacts.noModel} />
  if (graph.nodes.length > maxNodes) return <EmptyState title={strings.artifacts.graphTooLarge(graph.nodes.length)} />
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        {strings.artifacts.graphSize(graph.nodes.length)}
      </Text>
      <GraphView label={strings.artifacts.graph} nodes={graph.nodes} edges={graph.edges} />
    </Stack>
  )
}
