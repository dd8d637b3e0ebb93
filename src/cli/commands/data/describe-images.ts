/** `millrace data describe` of images. */
import type { ImageSetDescription } from '../../../images/index.ts'
import { bold, formatNumber, printJson, printLine, printTable } from '../../output.ts'

/** Whether `file` is to be described as images. */
export async function isOfImages(file: string): Promise<boolean> {
  if (file === '-') return false
  const { holdsImages } = await import('../../../images/index.ts')
  return await holdsImages(file)
}

export async function describeImageSets(path: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { describeImages, openImageSets } = await import('../../../images/index.ts')
  const descriptions: ImageSetDescription[] = []
  for (const set of await openImageSets(path, { corrupt: 'skip' })) descriptions.push(await describeImages(set))
  if (json === true) return printJson(descriptions)
  descriptions.forEach((description, i) => {
    if (i > 0) printLine()
    printDescription(description)
  })
}

function printDescription({
  name,
  count,
  channels,
  classes,
  sizes,
  mean,
  std,
  digest,
  skipped,
}: ImageSetDescription): void {
  const kind = channels === 1 ? 'grey' : 'colour'
  const shown = sizes.slice(0, 5).map(({ size, count }) => (sizes.length === 1 ? size : `${size} (${count})`))
  const rest = sizes.length > shown.length ? [`and ${sizes.length - shown.length} more sizes`] : []
  printLine(`${bold(name)}: ${count} ${kind} images of ${[...shown, ...rest].join(', ')}, digest ${digest}`)
  printLine(`mean ${mean.map(formatNumber).join(' ')}, std ${std.map(formatNumber).join(' ')}, of pixels in 0…1`)
  printLine()
  printTable(
    ['class', 'images'],
    classes.map((one) => [one.name, one.count]),
  )
  if (skipped.length === 0) return
  printLine(`\n${skipped.length} of ${count + skipped.length} images cannot be decoded:`)
  for (const { file, reason } of skipped) printLine(`  ${file}: ${reason}`)
}
