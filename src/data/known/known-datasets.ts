/** Data sets that can be had by name. A new one is one more entry here. */
import { MillraceError, suggest } from '../../core/index.ts'

export interface KnownFile {
  readonly name: string
  readonly sizeBytes: number
  /** Hexadecimal. */
  readonly sha256: string
  /** Hexadecimal, as its publishers give it. */
  readonly md5: string
}

export interface KnownDataset {
  readonly name: string
  /** One line: what it is. */
  readonly description: string
  readonly licence: string
  readonly homepage: string
  readonly citation: string
  readonly files: readonly KnownFile[]
  /** Addresses of folders that have the files, in the order they are tried. */
  readonly mirrors: readonly string[]
}

const fashionMnist: KnownDataset = {
  name: 'fashion-mnist',
  description: '70,000 grey pictures of clothes, 28×28, in 10 classes; 10,000 of them for testing',
  licence: 'MIT',
  homepage: 'https://github.com/zalandoresearch/fashion-mnist',
  citation:
    'Han Xiao, Kashif Rasul, Roland Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, arXiv:1708.07747 (2017)',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      sizeBytes: 26_421_880,
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      md5: '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
    },
    {
      name: 'train-labels-idx1-ubyte.gz',
      sizeBytes: 29_515,
      sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      md5: '25c81989df183df01b3e8a0aad5dffbe',
    },
    {
      name: 't10k-images-idx3-ubyte.gz',
      sizeBytes: 4_422_102,
      sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      md5: 'bef4ecab320f06d8554ea6380940ec79',
    },
    {
      name: 't10k-labels-idx1-ubyte.gz',
      sizeBytes: 5148,
      sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      md5: 'bb300cfdad3c16e7a12a480ee83cd310',
    },
  ],
  mirrors: [
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
}

const iris: KnownDataset = {
  name: 'iris',
  description: '150 flowers of three kinds of iris, 50 each: length and width of sepals and petals in centimetres',
  licence: 'public domain',
  homepage: 'https://archive.ics.uci.edu/dataset/53/iris',
  citation:
    'R. A. Fisher: The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936), doi:10.24432/C56C76',
  files: [
    {
      name: 'iris.csv',
      sizeBytes: 3858,
      sha256: '9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355',
      md5: '013d0da08d6506664ce640459139176b',
    },
  ],
  mirrors: [
    'https://raw.githubusercontent.com/mwaskom/seaborn-data/master/',
    'https://cdn.jsdelivr.net/gh/mwaskom/seaborn-data@master/',
  ],
}

const all: readonly KnownDataset[] = [fashionMnist, iris]

/** Every data set that can be had by name. */
export function knownDatasets(): readonly KnownDataset[] {
  return all
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST with the names there are */
export function knownDataset(name: string): KnownDataset {
  const found = all.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  throw new MillraceError(
    'RESOURCE_DOES_NOT_EXIST',
    `There is no data set "${name}" to onboard. ${suggest(
      name,
      all.map((dataset) => dataset.name),
      'data sets',
    )}`,
  )
}
