import { type StoreContext } from './store-context.ts'

/** Where artifacts of a trace are, `traces.json` among them where the store does not keep its spans. */
export function traceArtifacts(
  { artifactRoot }: Pick<StoreContext, 'artifactRoot'>,
  { experiment_id, artifact_location }: { readonly experiment_id: number; readonly artifact_location: string | null },
  traceId: string,
): string {
  return `${artifact_location ?? `${artifactRoot}/${experiment_id}`}/traces/${traceId}/artifacts`
}
