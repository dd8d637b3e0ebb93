/** Trains the best network of the Fashion-MNIST system for ten epochs and prints how it does on the test images, and its peak of memory. */
import { classifierOf } from '../systems/fashion-mnist/classifiers.ts'
import { experiments } from '../systems/fashion-mnist/config/experiments.ts'
import { evaluateOnImages } from '../systems/fashion-mnist/evaluation.ts'
import { loadTestImages, loadTrainingImages } from '../systems/fashion-mnist/images.ts'

const [, , folder, epochs] = process.argv
const from = folder!
const { training, validation } = await loadTrainingImages({ from, validationFraction: 0.1, seed: 42 })
const classifier = classifierOf(experiments['three-blocks'], { epochs: Number(epochs), seed: 42 })
const { model } = await classifier.train(training, { validation, threads: 1 })
const { report } = await evaluateOnImages(model, await loadTestImages({ from }), 'test')
const { maxRSS } = process.resourceUsage() // in KiB
process.stdout.write(JSON.stringify({ accuracy: report.accuracy, peakMebibytes: maxRSS / 1024 }))
