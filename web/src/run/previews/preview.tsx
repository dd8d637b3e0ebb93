/** A look into an artifact, by the ending of its name. Nothing that stands in it is ever run. */
import { Code, Image, ScrollArea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ComponentType, ReactNode } from 'react'
import { artifactAddress, type ArtifactFile, imageNames, readArtifact } from '../../api/artifacts.ts'
import { EmptyState, Waiting } from '../../shell/failure.tsx'
import { lazyPart } from '../../shell/lazy-part.tsx'
import { formatBytes } from '../../shell/times.ts'
import { scrollRegion } from '../../shell/scroll-region.ts'
import { strings } from '../../strings.ts'
import { SandboxedPage } from './sandboxed-page.tsx'

/** Shows what a file holds. */
type View = ComponentType<{ readonly content: ArrayBuffer }>

const Markdown = lazyPart(async () => (await import('./markdown-view.tsx')).MarkdownView)
const CsvTable = lazyPart(async () => (await import('./table-view.tsx')).CsvView)
const ParquetTable = lazyPart(async () => (await import('./table-view.tsx')).ParquetView)
const OnnxGraph = lazyPart(async () => (await import('./onnx-view.tsx')).OnnxView)
const Weights = lazyPart(async () => (await import('./weights-view.tsx')).WeightsView)

const mebibyte = 2 ** 20

/** Views by ending, with the largest file they take. */
const views: Readonly<Record<string, { readonly View: View; readonly maxBytes: number }>> = {
  csv: { View: CsvTable, maxBytes: 20 * mebibyte },
  parquet: { View: ParquetTable, maxBytes: 50 * mebibyte },
  md: { View: Markdown, maxBytes: 2 * mebibyte },
  json: { View: JsonView, maxBytes: 5 * mebibyte },
  html: { View: HtmlView, maxBytes: 20 * mebibyte },
  htm: { View: HtmlView, maxBytes: 20 * mebibyte },
  onnx: { View: OnnxGraph, maxBytes: 200 * mebibyte },
  safetensors: { View: Weights, maxBytes: 200 * mebibyte },
}

const textView = { View: TextView, maxBytes: 2 * mebibyte }
const texts =
  /(^|\/)(MLmodel|MLproject|Dockerfile|LICENSE)$|\.(txt|log|ya?ml|toml|ini|py|[jt]sx?|jsonl|env|sh|xml|sql)$/i

export function Preview({ runId, file }: { readonly runId: string; readonly file: ArtifactFile }): ReactNode {
  const { path, sizeBytes } = file
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  const view = Object.hasOwn(views, ending) ? views[ending] : texts.test(path) ? textView : undefined
  const isImage = imageNames.test(path)
  const maxBytes = isImage ? 50 * mebibyte : view?.maxBytes
  if (maxBytes === undefined) return <EmptyState title={strings.artifacts.noView} />
  if (sizeBytes > maxBytes) return <EmptyState title={strings.artifacts.tooLarge(formatBytes(sizeBytes))} />
  if (view !== undefined) return <Loaded runId={runId} path={path} View={view.View} />
  // An image element runs no scripts, of SVG neither.
  return <Image src={artifactAddress(runId, path)} alt={path} fit="contain" mah="70vh" w="auto" maw="100%" />
}

function Loaded({
  runId,
  path,
  View,
}: {
  readonly runId: string
  readonly path: string
  readonly View: View
}): ReactNode {
  const { data, error, refetch } = useQuery({
    queryKey: ['artifact', runId, path],
    queryFn: async ({ signal }) => await readArtifact(runId, path, signal),
    gcTime: 30_000,
  })
  if (data === undefined) return <Waiting error={error} retry={refetch} size="sm" />
  return <View content={data} />
}

function TextView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  return <Plain text={new TextDecoder().decode(content)} />
}

function JsonView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  const text = new TextDecoder().decode(content)
  try {
    return <Plain text={JSON.stringify(JSON.parse(text), undefined, 2)} />
  } catch {
    return <Plain text={text} />
  }
}

function Plain({ text }: { readonly text: string }): ReactNode {
  return (
    <ScrollArea.Autosize mah="70vh" type="auto" viewportProps={scrollRegion(strings.artifacts.table)}>
      <Code block>{text}</Code>
    </ScrollArea.Autosize>
  )
}

function HtmlView({ content }: { readonly content: ArrayBuffer }): ReactNode {
  return <SandboxedPage title={strings.artifacts.report} html={new TextDecoder().decode(content)} />
}
