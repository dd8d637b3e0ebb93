/** `mlflow-artifacts:/…`, the places that a server of MLflow's or ours serves: paths below a folder that may be moved. */
import { joinUri } from './model-uri.ts'

const SCHEME = 'mlflow-artifacts:'

export function isServedPlace(uri: string): boolean {
  return uri.startsWith(SCHEME)
}

/** The path of `mlflow-artifacts:/a/b` and of `mlflow-artifacts://host:port/a/b`. */
export function servedPath(uri: string): string {
  return uri
    .slice(SCHEME.length)
    .replace(/^\/\/[^/]*/, '')
    .replace(/^\/+|\/+$/g, '')
}

/** Where such a place really is when what is served is `destination`; undefined for every other URI. */
export function servedPlace(uri: string, destination: string): string | undefined {
  return isServedPlace(uri) ? joinUri(destination, servedPath(uri)) : undefined
}
