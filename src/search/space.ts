/** What is searched: a space of named parameters. What a trial gets is typed by it. */
import { MillraceError, suggest } from '../core/index.ts'
import type { Random } from '../core/index.ts'

export interface FloatDomain {
  readonly kind: 'float'
  readonly low: number
  readonly high: number
  readonly log: boolean
}

export interface IntDomain {
  readonly kind: 'int'
  readonly low: number
  readonly high: number
  readonly log: boolean
}

export interface ChoiceDomain<T> {
  readonly kind: 'choice'
  readonly options: readonly T[]
}

type PlainDomain = FloatDomain | IntDomain | ChoiceDomain<unknown>

/** A parameter that only matters where another one has a certain value. */
export interface ConditionalDomain<D extends PlainDomain = PlainDomain> {
  readonly kind: 'when'
  readonly parameter: string
  readonly values: readonly unknown[]
  readonly domain: D
}

type Domain = PlainDomain | ConditionalDomain

/** Parameters by name. One that depends on another comes after it. */
export type Space = Readonly<Record<string, Domain>>

type ValueOf<D> =
  D extends ChoiceDomain<infer T> ? T : D extends ConditionalDomain<infer Inner> ? ValueOf<Inner> | undefined : number

/** What a trial of the space `S` gets: a value for each name, undefined where its condition does not hold. */
export type ParametersOf<S extends Space> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** A place in a space: numbers as they are, choices by their position. Parameters whose condition fails are left out. */
export type Point = Readonly<Record<string, number>>

interface Scale {
  /** Whether sizes count by their ratio: as many values between 0.001 and 0.01 as between 0.01 and 0.1. */
  readonly log?: boolean
}

/** A number from `low` up to `high`. @throws MillraceError INVALID_ARGUMENT for bounds that hold nothing */
export function float(low: number, high: number, { log = false }: Scale = {}): FloatDomain {
  checkBounds(`float(${low}, ${high})`, low, high)
  if (log && low <= 0) wrong(`float(${low}, ${high}): on a log scale the lower bound must be above 0.`)
  return { kind: 'float', low, high, log }
}

/** A whole number from `low` to `high`, both included. @throws MillraceError INVALID_ARGUMENT for bounds that hold nothing */
export function int(low: number, high: number, { log = false }: Scale = {}): IntDomain {
  checkBounds(`int(${low}, ${high})`, low, high)
  if (!Number.isInteger(low) || !Number.isInteger(high))
    wrong(`int(${low}, ${high}): the bounds must be whole numbers.`)
  if (log && low < 1) wrong(`int(${low}, ${high}): on a log scale the lower bound must be at least 1.`)
  return { kind: 'int', low, high, log }
}

/** One of `options`, which have no order. @throws MillraceError INVALID_ARGUMENT when there are none */
export function choice<T extends string | number | boolean>(options: readonly T[]): ChoiceDomain<T>
export function choice<T>(options: readonly T[]): ChoiceDomain<T>
export function choice(options: readonly unknown[]): ChoiceDomain<unknown> {
  if (options.length === 0) wrong('choice: give at least one option.')
  return { kind: 'choice', options }
}

/** `domain` in trials where the parameter `parameter` is one of `values`; undefined in the others. */
export function when<D extends PlainDomain>(
  parameter: string,
  values: readonly unknown[],
  domain: D,
): ConditionalDomain<D> {
  return { kind: 'when', parameter, values, domain }
}

/** @throws MillraceError INVALID_ARGUMENT for a condition on a parameter that does not come before, or an empty space */
export function checkSpace(space: Space): void {
  const names = Object.keys(space)
  if (names.length === 0) wrong('The space of a search has no parameters.')
  for (const [position, name] of names.entries()) {
    const domain = space[name]!
    const earlier = names.slice(0, position)
    if (domain.kind === 'when' && !earlier.includes(domain.parameter)) {
      wrong(
        `The parameter "${name}" depends on "${domain.parameter}", which does not come before it. ${suggest(domain.parameter, earlier, 'parameters before it')}`,
      )
    }
  }
}

/**
 * A place in `space`, made parameter by parameter: `choose` is asked for those whose condition holds.
 */
export function pointIn(space: Space, choose: (name: string, domain: PlainDomain) => number): Point {
  const point: Record<string, number> = {}
  for (const [name, domain] of Object.entries(space)) {
    if (domain.kind !== 'when') point[name] = choose(name, domain)
    else if (holds(space, domain, point)) point[name] = choose(name, domain.domain)
  }
  return point
}

function holds(space: Space, { parameter, values }: ConditionalDomain, point: Point): boolean {
  return Object.hasOwn(point, parameter) && values.includes(valueAt(space[parameter]!, point[parameter]!))
}

/** The parameters at a place. */
export function parametersAt<S extends Space>(space: S, point: Point): ParametersOf<S> {
  const values = Object.entries(space).map(([name, domain]) => [
    name,
    Object.hasOwn(point, name) ? valueAt(domain, point[name]!) : undefined,
  ])
  // The names are those of the space, and each value is of its domain.
  return Object.fromEntries(values) as ParametersOf<S>
}

function valueAt(domain: Domain, coordinate: number): unknown {
  if (domain.kind === 'when') return valueAt(domain.domain, coordinate)
  return domain.kind === 'choice' ? domain.options[coordinate] : coordinate
}

/** A value of `domain`, each equally likely on its scale. */
export function drawFrom(domain: PlainDomain, random: Random): number {
  if (domain.kind === 'choice') return random.integer(domain.options.length)
  const { low, high } = intervalOf(domain)
  return fromInterval(domain, low + random.uniform() * (high - low))
}

/** The interval on which a domain of numbers is even: of logarithms on a log scale, half a number wider for whole ones. */
export function intervalOf({ kind, low, high, log }: FloatDomain | IntDomain): { low: number; high: number } {
  const margin = kind === 'int' ? 0.5 : 0
  const scaled = (value: number): number => (log ? Math.log(value) : value)
  return { low: scaled(low - margin), high: scaled(high + margin) }
}

/** The place of a number of the domain on that interval. */
export function toInterval({ log }: FloatDomain | IntDomain, value: number): number {
  return log ? Math.log(value) : value
}

/** The number of the domain at a place of the interval. */
export function fromInterval({ kind, low, high, log }: FloatDomain | IntDomain, place: number): number {
  const value = log ? Math.exp(place) : place
  return Math.min(high, Math.max(low, kind === 'int' ? Math.round(value) : value))
}

function checkBounds(what: string, low: number, high: number): void {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    wrong(`${what}: the bounds must be finite, the lower one first.`)
  }
}

function wrong(message: string): never {
  throw new MillraceError('INVALID_ARGUMENT', message)
}
