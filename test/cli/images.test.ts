/** The command on images: getting a known data set, and looking at sets. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeIdxPair, writePictureFolder } from '../image-files.ts'
import { openMirror } from '../mirror.ts'
import { sharedDataset } from '../shared-datasets.ts'
import { outcomeOf, runMillrace, startMillrace, temporaryFolder } from './run-millrace.ts'

const fashion = sharedDataset('fashion-mnist')
const env = { MILLRACE_DATASETS: '' }

describe('millrace data onboard', () => {
  it('lists what can be had', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout } = await runMillrace(['data', 'onboard'], { cwd: folder.path })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^fashion-mnist +30\.9 +MIT /m)
  })

  it('says which hosts it tried and what to do, when none answers', async () => {
    await using folder = await temporaryFolder()
    const args = ['data', 'onboard', 'fashion-mnist', '--mirror', 'http://127.0.0.1:9/a,http://127.0.0.1:10/b']
    const { code, stderr } = await runMillrace(args, { cwd: folder.path, env })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^millrace: Cannot download train-images-idx3-ubyte\.gz\. Tried 127\.0\.0\.1:9 \(.*127\.0\.0\.1:10 \(/,
    )
    expect(stderr).toMatch(/--from FOLDER\. \[DOWNLOAD_FAILED\]\n$/)
  })

  it('suggests a name', async () => {
    await using folder = await temporaryFolder()
    const { code, stderr } = await runMillrace(['data', 'onboard', 'fashion'], { cwd: folder.path })
    expect([code, stderr]).toEqual([4, expect.stringContaining('There is no data set "fashion" to onboard.')])
  })

  it('ends with 130 when interrupted, and says that it can go on', async () => {
    await using folder = await temporaryFolder()
    const content = new Uint8Array(26_421_880)
    await using mirror = await openMirror({ 'train-images-idx3-ubyte.gz': content }, 'stall')
    const args = ['data', 'onboard', 'fashion-mnist', '--mirror', mirror.url]
    const child = startMillrace(args, { cwd: folder.path, env })
    const outcome = outcomeOf(child)
    await mirror.asked
    child.kill('SIGINT')
    expect(await outcome).toMatchObject({ code: 130, stderr: expect.stringContaining('run it again to go on') })
  })

  it.skipIf(fashion === undefined)('gets Fashion-MNIST from a mirror, then from where it is', async () => {
    await using folder = await temporaryFolder()
    const names = await readdir(fashion!)
    const files = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(fashion!, name))] as const)),
    )
    await using mirror = await openMirror(files, 'whole')
    const args = ['data', 'onboard', 'fashion-mnist', '--mirror', mirror.url.slice(0, -1)]
    const first = await runMillrace(args, { cwd: folder.path, env })
    expect(first.stdout).toMatch(/^train-images-idx3-ubyte\.gz +downloaded$/m)
    expect(first.stdout).toContain('fashion-mnist is in datasets/fashion-mnist, as published. Licence: MIT.')
    expect(first.stderr).toContain('train-images-idx3-ubyte.gz  100 % of 26.4 MB')
    const second = await runMillrace(['data', 'onboard', 'fashion-mnist', '--json'], { cwd: folder.path, env })
    expect(JSON.parse(second.stdout)).toMatchObject({
      folder: join('datasets', 'fashion-mnist'),
      files: names.map(() => ({ came: 'present' })),
    })
    const described = await runMillrace(['data', 'describe', 'datasets/fashion-mnist'], { cwd: folder.path, env })
    expect(described.stdout).toContain('fashion-mnist-train: 60000 grey images of 28×28, digest ')
    expect(described.stdout).toContain('mean 0.286041, std 0.353024, of pixels in 0…1')
    expect(described.stdout).toMatch(/^Ankle boot +1000$/m)
  })
})

describe('millrace data describe', () => {
  it('counts a folder of images by class and size, and lists those that cannot be decoded', async () => {
    await using folder = await temporaryFolder()
    await writePictureFolder(join(folder.path, 'pets'))
    await writeFile(join(folder.path, 'pets', 'dog', '1.png'), 'no picture')
    const { code, stdout } = await runMillrace(['data', 'describe', 'pets'], { cwd: folder.path })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^pets: 5 colour images of 6×6, digest [0-9a-f]{8}\nmean 0\.\d+ 0\.\d+ 0\.\d+, std /)
    expect(stdout).toMatch(/^cat +3\ndog +2$/m)
    expect(stdout).toMatch(/1 of 6 images cannot be decoded:\n {2}pets.dog.1\.png: The image cannot be decoded/)
  })

  it('describes a pair of IDX files as JSON', async () => {
    await using folder = await temporaryFolder()
    await writeIdxPair(folder.path)
    const args = ['data', 'describe', 'train-images-idx3-ubyte.gz', '--json']
    const { stdout } = await runMillrace(args, { cwd: folder.path })
    expect(JSON.parse(stdout)).toMatchObject([
      { count: 6, channels: 1, sizes: [{ size: '4×5', count: 6 }], classes: [{ name: '0', count: 2 }, {}, {}] },
    ])
  })

  it('refuses what it cannot do with images', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'empty'))
    const empty = await runMillrace(['data', 'describe', 'empty'], { cwd: folder.path })
    expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('Expected a folder for each class')])
    const schema = await runMillrace(['data', 'describe', 'empty', '--write-schema'], { cwd: folder.path })
    expect([schema.code, schema.stderr]).toEqual([2, expect.stringContaining('--write-schema is for tables')])
  })
})
