/** Waiting for the signal that ends a server. */

/** The first SIGINT or SIGTERM that comes. A second one then ends the process at once. */
export async function nextSignal(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    const once = (signal: NodeJS.Signals): void => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        process.off(name, once)
        process.once(name, () => process.exit(130))
      }
      resolve(signal)
    }
    process.on('SIGINT', once)
    process.on('SIGTERM', once)
  })
}
