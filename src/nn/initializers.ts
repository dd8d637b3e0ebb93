/** How parameters get their first numbers: PyTorch's defaults and the usual alternatives. */
import type { Initializer } from './module.ts'

/** Every number the same. */
export function constantFill(value: number): Initializer {
  return (data) => data.fill(value)
}

/**
 * Uniform in ±1/√fanIn: what PyTorch's Linear uses for weights (Kaiming's uniform with a = √5 comes to this) and
 * biases. `fanIn` is the number of inputs of one output.
 */
export function uniformByFanIn(fanIn: number): Initializer {
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0
  return (data, random) => random.fillUniform(data, -bound, bound)
}

/** Normally distributed numbers. */
export function normalFill(mean = 0, standardDeviation = 1): Initializer {
  return (data, random) => {
    for (let i = 0; i < data.length; i++) data[i] = mean + standardDeviation * random.normal()
  }
}

/** Uniform in ±√(6 / (fanIn + fanOut)): Glorot and Bengio 2010, the default of Keras. */
export function xavierUniform(fanIn: number, fanOut: number): Initializer {
  const bound = Math.sqrt(6 / (fanIn + fanOut))
  return (data, random) => random.fillUniform(data, -bound, bound)
}

/** Normal with deviation √(2 / fanIn): He et al. 2015, for networks with ReLU. */
export function kaimingNormal(fanIn: number): Initializer {
  return normalFill(0, Math.sqrt(2 / fanIn))
}
