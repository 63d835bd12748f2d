/**
 * The official test suite (WebAssembly 2.0), played raw, metered and counted. Metered modules must do what raw ones do, bit
 * for bit, and their fuel must be what was counted; what is not valid must be refused.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { isRingfenceError } from '../../engine/errors.ts';
import { meter } from '../../engine/meter/index.ts';
import { hasSpecArchive } from '../support/spec-archive.ts';
import { conforms } from './support/bits.ts';
import { type Command, readScripts, type Script } from './support/script.ts';
import { type Outcome, World } from './support/worlds.ts';

/** What happened, over all scripts. */
const counts = {
  modules: 0,
  returns: 0,
  traps: 0,
  exhaustions: 0,
  actions: 0,
  unlinkable: 0,
  uninstantiable: 0,
  /** Runs whose fuel was compared with the reference count. */
  counted: 0,
  refusedInvalid: 0,
  refusedMalformed: 0,
  /** Invalid in WebAssembly 2.0, and valid for V8, which knows more. */
  validByNow: 0,
  /** Modules that are valid, and that the engine does not take. */
  refusedByPolicy: 0,
  /** Commands on a module that was refused by policy. */
  skipped: 0,
  /** Malformed text: there is no text format here. */
  skippedText: 0,
  /** Raw V8 answers something else than this version of the specification says. */
  v8Differs: 0,
};

class Player {
  readonly #script: Script;
  readonly #raw = new World('raw');
  readonly #metered = new World('metered');
  readonly #sliced = new World('sliced');
  readonly #counted = new World('counted');

  constructor(script: Script) {
    this.#script = script;
  }

  play(): void {
    for (const command of this.#script.commands) this.#play(command);
    this.#expectSameState();
  }

  #play(command: Command): void {
    const where = `${this.#script.name}.wast:${command.line}`;
    switch (command.type) {
      case 'module':
        this.#instantiate(command, where, ['returned']);
        break;
      case 'register':
        for (const world of [this.#raw, this.#metered, this.#sliced, this.#counted])
          world.register(command.as ?? '', command.name);
        break;
      case 'assert_unlinkable':
        if (this.#instantiate(command, where, ['unlinkable'])) counts.unlinkable++;
        break;
      case 'assert_uninstantiable':
        if (this.#instantiate(command, where, ['trapped', 'exhausted'])) counts.uninstantiable++;
        break;
      case 'assert_invalid':
      case 'assert_malformed':
        this.#expectRefused(command, where);
        break;
      default:
        this.#act(command, where);
    }
  }

  #instantiate(command: Command, where: string, kinds: readonly Outcome['kind'][]): boolean {
    const bytes = this.#script.bytesOf(command);
    let metered: Outcome;
    try {
      metered = this.#metered.instantiate(bytes, command.name);
    } catch (error) {
      if (!isRingfenceError(error)) throw error;
      expect(['UNSUPPORTED_FEATURE', 'LIMIT_EXCEEDED'], `${where}: ${error.message}`).toContain(error.code);
      counts.refusedByPolicy++;
      return false;
    }
    const raw = this.#raw.instantiate(bytes, command.name);
    const sliced = this.#sliced.instantiate(bytes, command.name);
    const counted = this.#counted.instantiate(bytes, command.name);
    expect({ metered, sliced, counted }, where).toEqual({ metered: raw, sliced: raw, counted: raw });
    expect(kinds, where).toContain(raw.kind);
    counts.modules++;
    return true;
  }

  #expectRefused(command: Command, where: string): void {
    if (command.module_type === 'text') {
      counts.skippedText++;
      return;
    }
    const bytes = this.#script.bytesOf(command);
    let code = 'accepted';
    try {
      meter(bytes);
    } catch (error) {
      if (!isRingfenceError(error)) throw error;
      code = error.code;
    }
    if (WebAssembly.validate(bytes)) {
      expect(['accepted', 'UNSUPPORTED_FEATURE'], where).toContain(code);
      counts.validByNow++;
    } else {
      expect(['INVALID_MODULE', 'UNSUPPORTED_FEATURE', 'LIMIT_EXCEEDED'], where).toContain(code);
      counts[command.type === 'assert_invalid' ? 'refusedInvalid' : 'refusedMalformed']++;
    }
  }

  #act({ type, action, expected = [] }: Command, where: string): void {
    if (action === undefined || !this.#raw.has(action.module)) {
      counts.skipped++;
      return;
    }
    const raw = this.#raw.act(action);
    const metered = this.#metered.act(action);
    const sliced = this.#sliced.act(action);
    const counted = this.#counted.act(action);
    expect([metered.outcome, sliced.outcome], where).toEqual([raw.outcome, raw.outcome]);
    if (raw.outcome.kind !== 'exhausted') expect(counted.outcome, where).toEqual(raw.outcome);
    if (raw.outcome.kind === 'returned') {
      expect([metered.used, sliced.used], `${where}: fuel`).toEqual([counted.used, counted.used]);
      counts.counted++;
    }
    switch (type) {
      case 'assert_return':
        if (raw.outcome.kind !== 'returned' || !conforms(raw.outcome.bits, expected)) counts.v8Differs++;
        counts.returns++;
        break;
      case 'assert_trap':
        if (raw.outcome.kind !== 'trapped') counts.v8Differs++;
        counts.traps++;
        break;
      case 'assert_exhaustion':
        if (raw.outcome.kind !== 'exhausted') counts.v8Differs++;
        counts.exhaustions++;
        break;
      default:
        counts.actions++;
    }
  }

  #expectSameState(): void {
    const raw = this.#raw.state();
    expect(this.#metered.state(), `${this.#script.name}: state`).toEqual(raw);
    expect(this.#sliced.state(), `${this.#script.name}: state, in slices`).toEqual(raw);
    expect(this.#counted.state(), `${this.#script.name}: state, counted`).toEqual(raw);
  }
}

describe.runIf(hasSpecArchive)('the official test suite', () => {
  const scripts = hasSpecArchive ? readScripts() : [];

  test.each(scripts)('$name', (script) => {
    new Player(script).play();
  });

  afterAll(() => {
    console.log(
      `spec suite: ${Object.entries(counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
    );
  });

  test('nothing was left out unseen', () => {
    expect(counts).toEqual({
      modules: 1_670,
      returns: 45_626,
      traps: 2_407,
      exhaustions: 15,
      actions: 155,
      unlinkable: 83,
      uninstantiable: 34,
      counted: 45_781,
      refusedInvalid: 2_127,
      refusedMalformed: 724,
      validByNow: 17,
      refusedByPolicy: 0,
      skipped: 0,
      skippedText: 1_056,
      v8Differs: 0,
    });
  });
});
