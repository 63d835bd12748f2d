/** The ways in which V8 is made to run the programs. */
export interface Mode {
  readonly name: string;
  readonly title: string;
  /** The fuel target for the geometric mean, on Node 26. */
  readonly target: number;
  readonly flags: readonly string[];
  /** Runs that are not measured: V8 takes its last compiler in the middle of them. None where all is compiled beforehand. */
  readonly warmUps: number;
  /** Fresh processes, unless told otherwise: what does not change while it runs needs fewer. */
  readonly processes: number;
}

export const MODES: readonly Mode[] = [
  { name: 'default', title: 'default tiering', target: 1.04, flags: [], warmUps: 1, processes: 3 },
  {
    name: 'turbofan',
    title: 'TurboFan only',
    target: 1.05,
    flags: ['--no-liftoff', '--no-wasm-lazy-compilation'],
    warmUps: 0,
    processes: 2,
  },
];

/** For those who want to see it; not part of a run unless named. */
export const LIFTOFF: Mode = {
  name: 'liftoff',
  title: 'Liftoff only',
  target: Number.POSITIVE_INFINITY,
  flags: ['--liftoff-only', '--no-wasm-lazy-compilation'],
  warmUps: 0,
  processes: 2,
};

/** Node versions before 26 know branch hints but do not heed them unless told to; the engine tells its processes too. */
export const hintFlags = (nodeVersion: string): readonly string[] =>
  Number.parseInt(nodeVersion, 10) < 26 ? ['--experimental-wasm-branch-hinting'] : [];
