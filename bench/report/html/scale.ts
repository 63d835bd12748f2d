/** From values to places between 0 and 100. */
export interface Scale {
  /** Per cent of the length. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10];
const MOST_TICKS = 5;
/** Beyond so many powers of ten not each has a tick. */
const MOST_DECADES = 5;
/** With so few, there are ticks between them. */
const FEW_DECADES = 2;

export function linearScale(values: readonly number[]): Scale {
  const most = Math.max(0, ...values.filter(Number.isFinite)) || 1;
  const power = 10 ** Math.floor(Math.log10(most / MOST_TICKS));
  const step = power * (STEPS.find((factor) => most / (factor * power) <= MOST_TICKS) ?? 10);
  const ticks: number[] = [];
  // A little beyond the last value, so that its bar ends within.
  const end = Math.max(most * 1.04, step);
  for (let i = 0; i * step <= end; i++) ticks.push(i * step);
  return { at: (value) => clamp((value / end) * 100), ticks };
}

export function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  const [least, most] = positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
  const from = Math.floor(Math.log10(least) - 0.15);
  const to = Math.max(from + 1, Math.log10(most) + 0.1);
  const stride = Math.ceil((to - from) / MOST_DECADES);
  const ticks: number[] = [];
  const within = to - from <= FEW_DECADES ? [1, 2, 5] : [1];
  for (let exponent = from; exponent <= to; exponent += stride) {
    for (const factor of within) if (exponent + Math.log10(factor) <= to) ticks.push(factor * 10 ** exponent);
  }
  return { at: (value) => clamp(((Math.log10(Math.max(value, Number.MIN_VALUE)) - from) / (to - from)) * 100), ticks };
}

const clamp = (percent: number): number => Math.min(100, Math.max(0, percent));

/** 0.001, 2.5, 10k. */
export function tickText(value: number): string {
  if (value === 0) return '0';
  if (value >= 1e9) return `${trim(value / 1e9)}G`;
  if (value >= 1e6) return `${trim(value / 1e6)}M`;
  if (value >= 1e4) return `${trim(value / 1e3)}k`;
  return trim(value);
}

const trim = (value: number): string => String(Number(value.toPrecision(3)));
