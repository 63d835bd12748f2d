/** From samples to the figures that are reported: the document of `--json`. */
import type { Machine } from '../support/machine.ts';
import { geomean, greatest, halfRange, least, median } from '../support/statistics.ts';
import type { CodeResults } from './code.ts';
import type { Measured } from './job.ts';
import type { Mode } from './modes.ts';
import { CONTROL, RAW, RINGFENCE } from './subjects.ts';

export interface Row {
  readonly subject: string;
  readonly program: string;
  readonly mode: string;
  readonly baseline: typeof RAW;
  /** CPU time against raw V8: in each process best against best, then the median over the processes. */
  readonly ratio: number;
  /** The same of each process: what `npm run bench:compare` reads. */
  readonly ratios: readonly number[];
  /** Half the distance between the lowest and the highest process. */
  readonly spread: number;
  /** The same for the first, small run: compile, instantiate, call. One run for each process, so it is noisy. */
  readonly firstRunRatio: number;
  /** Best time of raw V8, in ms of CPU. */
  readonly rawMs: number;
  readonly fuel?: number | undefined;
  readonly fuelPerMs?: number | undefined;
  readonly refills?: number | undefined;
}

export interface Summary {
  readonly geomean: number;
  readonly worst: number;
  readonly worstProgram: string;
  readonly firstRunGeomean: number;
  readonly programs: number;
}

/** A peer and Ringfence over the programs that the peer can handle. */
export interface PeerComparison {
  readonly peer: string;
  readonly mode: string;
  readonly programs: number;
  readonly geomean: number;
  readonly ringfence: number;
  /** The peer's overhead over ours, each (geometric mean - 1); undefined where ours is not above zero. */
  readonly timesOurOverhead: number | undefined;
}

export interface Results {
  readonly suite: 'fuel';
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly summary: {
    /** Ringfence under the first mode that was measured (V8's default tiering, unless told otherwise). */
    readonly geomean: number;
    readonly worst: number;
    /** Everything by mode and subject. */
    readonly modes: Readonly<Record<string, Readonly<Record<string, Summary>>>>;
    readonly peers: readonly PeerComparison[];
  };
  readonly code: CodeResults | undefined;
}

export interface MeasuredMode {
  readonly mode: Mode;
  readonly processes: readonly (readonly Measured[])[];
}

export function summarise(machine: Machine, measured: readonly MeasuredMode[], code: CodeResults | undefined): Results {
  const rows = measured.flatMap(rowsOf);
  const modes: Record<string, Record<string, Summary>> = {};
  for (const { mode } of measured) {
    const summaries: Record<string, Summary> = {};
    const subjects = [...new Set(rows.filter((row) => row.mode === mode.name).map((row) => row.subject))];
    for (const subject of subjects.sort((a, b) => place(a) - place(b))) {
      summaries[subject] = summaryOf(rows.filter((row) => row.mode === mode.name && row.subject === subject));
    }
    modes[mode.name] = summaries;
  }
  const main = modes[measured[0]?.mode.name ?? '']?.[RINGFENCE];
  return {
    suite: 'fuel',
    machine,
    rows,
    summary: {
      geomean: main?.geomean ?? Number.NaN,
      worst: main?.worst ?? Number.NaN,
      modes,
      peers: comparePeers(rows),
    },
    code,
  };
}

/** Columns: ours, other meters, the control, peers. */
const place = (subject: string): number =>
  subject === RINGFENCE ? 0 : subject === CONTROL ? 2 : subject.startsWith('@') ? 3 : 1;

function rowsOf({ mode, processes }: MeasuredMode): Row[] {
  const first = processes[0] ?? [];
  const keys = first.filter(({ subject }) => subject !== RAW);
  return keys
    .map(({ subject, program, fuel, refills }): Row => {
      const pairs = processes.flatMap((samples) => {
        const own = samples.find((sample) => sample.subject === subject && sample.program === program);
        const raw = samples.find((sample) => sample.subject === RAW && sample.program === program);
        return own === undefined || raw === undefined ? [] : [{ own, raw }];
      });
      const ratios = pairs.map(({ own, raw }) => own.bestMs / raw.bestMs);
      const rawMs = least(pairs.map(({ raw }) => raw.bestMs));
      return {
        subject,
        program,
        mode: mode.name,
        baseline: RAW,
        ratio: median(ratios),
        ratios,
        spread: halfRange(ratios),
        firstRunRatio: least(pairs.map(({ own }) => own.firstRunMs)) / least(pairs.map(({ raw }) => raw.firstRunMs)),
        rawMs,
        ...(fuel === undefined ? {} : { fuel, fuelPerMs: fuel / rawMs }),
        ...(refills === undefined ? {} : { refills }),
      };
    })
    .sort((a, b) => a.program.localeCompare(b.program));
}

function summaryOf(rows: readonly Row[]): Summary {
  const worst = greatest(rows.map(({ ratio }) => ratio));
  return {
    geomean: geomean(rows.map(({ ratio }) => ratio)),
    worst,
    worstProgram: rows.find(({ ratio }) => ratio === worst)?.program ?? '',
    firstRunGeomean: geomean(rows.map(({ firstRunRatio }) => firstRunRatio)),
    programs: rows.length,
  };
}

function comparePeers(rows: readonly Row[]): PeerComparison[] {
  const theirs = new Map<string, Row[]>();
  for (const row of rows) {
    if (!row.subject.startsWith('@')) continue;
    const key = `${row.subject} ${row.mode}`;
    theirs.set(key, [...(theirs.get(key) ?? []), row]);
  }
  return [...theirs.values()].map((measured): PeerComparison => {
    const { subject: peer, mode } = measured[0] as Row;
    const names = new Set(measured.map(({ program }) => program));
    const ours = rows.filter((row) => row.subject === RINGFENCE && row.mode === mode && names.has(row.program));
    const mean = geomean(measured.map(({ ratio }) => ratio));
    const ringfence = geomean(ours.map(({ ratio }) => ratio));
    const timesOurOverhead = ringfence > 1 ? (mean - 1) / (ringfence - 1) : undefined;
    return { peer, mode, programs: measured.length, geomean: mean, ringfence, timesOurOverhead };
  });
}
