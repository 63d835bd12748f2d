/**
 * Components that are made to harm: each is refused with a typed error, nothing of it runs, no JavaScript is made of it, and the next
 * component loads as if nothing had happened.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { linkComponent } from '../../engine/component/link-component.ts';
import { createEngine, type ErrorCode } from '../../engine/index.ts';
import { STRUCTURE } from '../../engine/limits.ts';
import { decodeComponent } from '../../engine/wasm/component/decode.ts';
import { CORE, ComponentWriter, SECTION_ID, SORT, VALUE } from '../support/component-writer.ts';
import { failure, failureSync } from '../support/errors.ts';
import { compileWat } from '../support/wat.ts';
import { type WorldComponent, worldComponent } from '../support/world-component.ts';

const INJECTION = "x'];globalThis.PWNED=1;exports0['x";
const SMALL = compileWat('(module (func (export "f")))');

afterEach(() => {
  expect('PWNED' in globalThis).toBe(false);
  expect(WebAssembly.validate(linkComponent(worldComponent()).bytes)).toBe(true);
});

const refused = (bytes: Uint8Array, code: ErrorCode, message: RegExp): void => {
  expect(failureSync(() => linkComponent(bytes), code).message).toMatch(message);
};
/** The component of the world with something more in front of its exports. */
const withMore = (add: (writer: ComponentWriter) => void): Uint8Array =>
  worldComponent({ before: (writer) => add(writer) });

describe('names', () => {
  const cases: readonly (readonly [string, WorldComponent])[] = [
    ['of a core export', { extra: `(func (export "${INJECTION}"))` }],
    [
      'of a core module that is imported from',
      { core: (text) => text.replace('"log" "write"', `"${INJECTION}" "write"`) },
    ],
    ['of a core import', { core: (text) => text.replace('"log" "write"', `"log" "${INJECTION}"`) }],
    ['of a core memory', { core: (text) => text.replace('(export "memory")', `(export "${INJECTION}")`) }],
    ['of an import', { before: (writer) => writer.import(INJECTION, SORT.instance, 0) }],
    ['of an export', { after: (writer) => writer.export(INJECTION, SORT.func, 1) }],
    ['of an argument', { before: (writer) => writer.coreModule(SMALL).coreInstantiate(1, [[INJECTION, 1]]) }],
    ['in a bundle', { before: (writer) => writer.coreBundle([[INJECTION, CORE.func, 1]]) }],
    ['in an alias', { before: (writer) => writer.aliasCore(1, CORE.func, INJECTION) }],
    ['of a parameter', { before: (writer) => writer.type(0x72, 1, 2, 0x27, 0x5c, VALUE.u32) }],
    ['with control characters', { after: (writer) => writer.export('a\nb', SORT.func, 1) }],
    ['with a backtick', { after: (writer) => writer.export('a`b', SORT.func, 1) }],
    ['that look like others', { after: (writer) => writer.export('c\u0430ll', SORT.func, 1) }],
  ];
  test.each(cases)('%s that are no plain text are refused', (_, options) => {
    refused(worldComponent(options), 'INVALID_MODULE', /not plain printable ASCII/);
  });

  test.each(['then', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'catch'])(
    'an export named %s is none of the world',
    (name) => {
      refused(
        worldComponent({ after: (writer) => writer.export(name, SORT.func, 1) }),
        'NOT_A_PLUGIN',
        /the world has no such export/,
      );
    },
  );

  test.each(['constructor', 'to-string', '__proto__', 'valueOf'])(
    'an import named %s leads to nothing, whatever the prototype of things has',
    (name) => {
      refused(
        withMore((writer) => writer.import(name, SORT.instance, 0)),
        'IMPORT_DENIED',
        /is not offered/,
      );
      const ofInterface = new ComponentWriter()
        .instanceType([[name, [VALUE.u32]]])
        .import('ringfence:plugin/log@1.0.0', SORT.instance, 0)
        .bytes();
      refused(ofInterface, 'NOT_A_PLUGIN', /missing/);
      const interfaceItself = withMore((writer) => writer.import(`ringfence:plugin/${name}@1.0.0`, SORT.instance, 0));
      refused(interfaceItself, 'IMPORT_DENIED', /is not offered/);
    },
  );

  test('a function that an interface does not have is refused when it is used', () => {
    const bytes = worldComponent({ core: (text) => text.replace('"log" "write"', '"log" "constructor"') });
    refused(bytes, 'INVALID_MODULE', /there is no core func "constructor"/);
  });
});

describe('imports of what is not in the file', () => {
  test.each(['url=<https://example.com/a>', 'integrity=<sha256-abc>', 'unlocked-dep=<a:b>', 'locked-dep=<a:b@1.0.0>'])(
    '%s is refused',
    (name) => {
      refused(
        withMore((writer) => writer.import(name, SORT.instance, 0)),
        'IMPORT_DENIED',
        /must be inside its file/,
      );
    },
  );

  test('a core module is refused', () => {
    const bytes = withMore((writer) =>
      writer.item(SECTION_ID.import, (out) => out.u8(0).name('m').u8(0).u8(0x11).u32(0)),
    );
    refused(bytes, 'IMPORT_DENIED', /a module: a plugin may import functions only/);
  });

  test('a component is refused', () => {
    refused(
      withMore((writer) => writer.import('c', SORT.component, 0)),
      'IMPORT_DENIED',
      /a component: a plugin may/,
    );
  });

  test('a value is refused', () => {
    const bytes = withMore((writer) =>
      writer.item(SECTION_ID.import, (out) => out.u8(0).name('v').u8(2).u8(1).u8(VALUE.u32)),
    );
    refused(bytes, 'IMPORT_DENIED', /a value: a plugin may import functions only/);
  });

  test('a function outside an interface is refused', () => {
    const bytes = withMore((writer) => writer.import('f', SORT.func, 3));
    refused(bytes, 'IMPORT_DENIED', /is not offered/);
  });

  test('an interface of another version is refused', () => {
    refused(
      withMore((writer) => writer.import('wasi:cli/exit@0.3.0', SORT.instance, 0)),
      'IMPORT_DENIED',
      /version 0\.2/,
    );
    refused(
      withMore((writer) => writer.import('ringfence:plugin/log@2.0.0', SORT.instance, 0)),
      'IMPORT_DENIED',
      /in version 1: log, config/,
    );
  });
});

describe('the canonical ABI', () => {
  const builtIns: readonly (readonly [string, readonly number[]])[] = [
    ['task.cancel', [0x05]],
    ['task.return', [0x09, 1, 0, 0]],
    ['stream.new', [0x0e, 0]],
    ['future.new', [0x15, 0]],
    ['waitable-set.new', [0x1f, 0]],
    ['thread.spawn-ref', [0x40, 0]],
    ['0x7e', [0x7e, 0]],
  ];
  test.each(builtIns)('%s is refused: only lift, lower and those of resources are taken', (name, bytes) => {
    const error = failureSync(() => linkComponent(withMore((writer) => writer.canon(...bytes))), 'UNSUPPORTED_FEATURE');
    expect(error.message).toContain(name);
    expect(error.message).toContain('only lift, lower and those of resources');
  });

  test.each([
    ['resource.new', 0x02],
    ['resource.rep', 0x04],
    ['resource.drop', 0x03],
  ])('%s of what is no resource of the component is refused', (name, byte) => {
    refused(
      withMore((writer) => writer.canon(byte, 0)),
      'INVALID_MODULE',
      new RegExp(`${name} of what is no resource`),
    );
  });

  test('a flood of handles costs the host nothing: a handle is the number that it stands for', async () => {
    const flood = compileWat(`(module
      (import "r" "new" (func $new (param i32) (result i32)))
      (import "r" "rep" (func $rep (param i32) (result i32)))
      (import "r" "drop" (func $drop (param i32)))
      (func (export "f") (param $n i32) (result i32) (local $i i32) (local $sum i32)
        (loop $l
          (local.set $sum (i32.add (local.get $sum) (call $rep (call $new (local.get $i)))))
          (if (i32.and (local.get $i) (i32.const 1)) (then (call $drop (call $new (local.get $i)))))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (local.get $sum)))`);
    const bytes = new ComponentWriter()
      .type(0x3f, 0x7f, 0)
      .canon(0x02, 0)
      .canon(0x04, 0)
      .canon(0x03, 0)
      .coreModule(flood)
      .coreBundle([
        ['new', CORE.func, 0],
        ['rep', CORE.func, 1],
        ['drop', CORE.func, 2],
      ])
      .coreInstantiate(0, [['r', 0]])
      .aliasCore(1, CORE.func, 'f')
      .type(0x40, 1, 1, 0x6e, VALUE.u32, 0, VALUE.u32)
      .lift(3, 1)
      .export('flood', SORT.func, 0)
      .bytes();
    await using engine = await createEngine({ executor: 'inline' });
    const plugin = await engine.load(bytes);
    await plugin.call('flood', [1_000]);
    const startedWith = process.memoryUsage().rss;
    const n = 1_000_000;
    expect(await plugin.call('flood', [n])).toBe(Number(BigInt.asUintN(32, (BigInt(n) * BigInt(n - 1)) / 2n)));
    expect(process.memoryUsage().rss - startedWith).toBeLessThan(32 * 1024 * 1024);
  });

  test.each([
    ['async', 0x06],
    ['gc', 0x09],
  ])('the option %s is refused', (name, byte) => {
    refused(
      withMore((writer) => writer.lift(4, 4, { more: [byte] })),
      'UNSUPPORTED_FEATURE',
      new RegExp(`the option ${name}`),
    );
  });

  test('strings in another encoding are refused', () => {
    const bytes = worldComponent({
      before: (writer, indices) => {
        writer.lift(4, 4, { memory: 0, realloc: 1, postReturn: 2, more: [0x01] });
        Object.assign(indices, { callFunction: 3 });
      },
    });
    refused(bytes, 'UNSUPPORTED_FEATURE', /as utf16: build it with UTF-8/);
  });

  test('a function that is lifted with another type than it has is refused', () => {
    const bytes = worldComponent({
      before: (writer, indices) => {
        writer.lift(2, 4, { memory: 0, realloc: 1 });
        Object.assign(indices, { callFunction: 3 });
      },
    });
    refused(bytes, 'INVALID_MODULE', /"call" must be \(i32, i32, i32, i32\) -> i32, is \(i32\) -> \(\)/);
  });

  test.each(['realloc', 'post-return'])('a %s of another type is refused', (what) => {
    const options =
      what === 'realloc' ? { memory: 0, realloc: 4, postReturn: 2 } : { memory: 0, realloc: 1, postReturn: 1 };
    const wrong = what === 'realloc' ? { ...options, realloc: 2 } : options;
    const bytes = worldComponent({
      before: (writer, indices) => {
        writer.lift(4, 4, wrong);
        Object.assign(indices, { callFunction: 3 });
      },
    });
    refused(bytes, 'INVALID_MODULE', new RegExp(`${what}.* must be`));
  });
});

describe('types', () => {
  test('a type bomb is not expanded: what is not in the world is compared, and nothing more', () => {
    const writer = (add: ComponentWriter): void => {
      // Each tuple has the one before it twice: 2^60 strings.
      add.type(0x6f, 2, VALUE.string, VALUE.string);
      for (let index = 5; index < 63; index++) add.type(0x6f, 2, index, index);
    };
    const bytes = worldComponent({
      before: writer,
      after: (add) =>
        add.type(0x40, 1, 1, 0x61, 63, 1, 0).lift(4, 64, { memory: 0, realloc: 1 }).export('bomb', SORT.func, 5),
    });
    const startedWith = process.memoryUsage().rss;
    refused(bytes, 'NOT_A_PLUGIN', /"bomb": the world has no such export/);
    expect(process.memoryUsage().rss - startedWith).toBeLessThan(64 * 1024 * 1024);
  });

  test('a list of lists in place of a string is refused', () => {
    const bytes = worldComponent({
      before: (writer, indices) => {
        // list<string>, list<list<string>>, and `call` that takes it.
        writer
          .type(0x70, VALUE.string)
          .type(0x70, 5)
          .funcType([VALUE.string, 6], 1)
          .lift(4, 7, { memory: 0, realloc: 1 });
        Object.assign(indices, { callFunction: 3 });
      },
    });
    refused(bytes, 'NOT_A_PLUGIN', /"call": expected func\(string, string\) -> result<string, string>/);
  });

  test('an imported function with lists of aliased strings is refused', () => {
    const bytes = new ComponentWriter()
      .type(0x70, VALUE.string)
      .type(0x42, 2, 0x01, 0x40, 1, 1, 0x61, 0x70 - 0x80 + 0x80, 1, 0)
      .bytes();
    failureSync(() => linkComponent(bytes), 'INVALID_MODULE');
    const imported = worldComponent({
      core: (text) =>
        text
          .replace('(param i32 i32 i32)))', '(param i32 i32 i32 i32)))')
          .replace('(call $log (i32.const 2)', '(call $log (i32.const 2) (i32.const 0)'),
    });
    refused(imported, 'IMPORT_DENIED', /is imported as \(i32, i32, i32, i32\) -> \(\), but the host offers it as/);
  });

  test('types nested deeper than the limit are refused before they are read', () => {
    const depth = STRUCTURE.componentDepth + 5;
    // An instance whose one type is an instance whose one type is …
    const bytes = [...Array.from({ length: depth }, () => [0x42, 1, 0x01]).flat(), 0x42, 0];
    refused(new ComponentWriter().type(...bytes).bytes(), 'LIMIT_EXCEEDED', /nested 9 deep/);
  });

  test.each([
    ['a stream', 0x66],
    ['a future', 0x65],
    ['an asynchronous function', 0x43],
  ])('%s is no type that is known here', (name, byte) => {
    refused(new ComponentWriter().type(byte, 0).bytes(), 'INVALID_MODULE', new RegExp(name));
  });
});

describe('structure', () => {
  test('a start section is refused', () => {
    const bytes = withMore((writer) => writer.section(SECTION_ID.start, Uint8Array.of(0, 0, 0)));
    refused(bytes, 'UNSUPPORTED_FEATURE', /start section: the component has a start section/);
  });

  test('values are refused', () => {
    refused(
      withMore((writer) => writer.section(SECTION_ID.value, Uint8Array.of(0))),
      'UNSUPPORTED_FEATURE',
      /values/,
    );
  });

  test('text is refused as input', async () => {
    await using engine = await createEngine();
    const text = new TextEncoder().encode('(component (core module (func (export "f"))))');
    expect((await failure(() => engine.load(text), 'INVALID_MODULE')).message).toMatch(/got WebAssembly text/);
  });

  test('components nested deeper than the limit are refused', () => {
    let bytes = new ComponentWriter().bytes();
    for (let i = 0; i <= STRUCTURE.componentDepth; i++) bytes = new ComponentWriter().component(bytes).bytes();
    refused(bytes, 'LIMIT_EXCEEDED', /nested 9 deep/);
  });

  test('nested components that instantiate each other many times end at a number of steps', () => {
    // Each has the one before it and instantiates it ten times: 10^7 at the innermost.
    let bytes = new ComponentWriter().bytes();
    for (let i = 0; i < 7; i++) {
      const writer = new ComponentWriter().component(bytes);
      for (let k = 0; k < 10; k++) writer.instantiate(0);
      bytes = writer.bytes();
    }
    refused(bytes, 'LIMIT_EXCEEDED', /steps/);
  });

  test('components that call each other are refused', () => {
    const inner = new ComponentWriter()
      .coreModule(compileWat('(module (func (export "f") (param i32) (drop (i32.const 1))))'))
      .coreInstantiate(0)
      .aliasCore(0, CORE.func, 'f')
      .funcType([VALUE.u32])
      .lift(0, 0)
      .export('f', SORT.func, 0)
      .bytes();
    const caller = compileWat('(module (import "other" "f" (func (param i32))))');
    const bytes = withMore((writer) => {
      writer.component(inner).instantiate(0).aliasExport(1, SORT.func, 'f').lower(3);
      writer
        .coreBundle([['f', CORE.func, 5]])
        .coreModule(caller)
        .coreInstantiate(1, [['other', 2]]);
    });
    refused(bytes, 'UNSUPPORTED_FEATURE', /composed of several/);
  });

  test('more core modules than the limit are refused', () => {
    const count = STRUCTURE.componentCoreModules + 1;
    const writer = new ComponentWriter();
    for (let i = 0; i < count; i++) writer.coreModule(SMALL);
    refused(writer.bytes(), 'LIMIT_EXCEEDED', /33 core modules/);
  });

  test('a core module that is instantiated hundreds of times is refused', () => {
    const bytes = withMore((writer) => {
      writer.coreModule(SMALL);
      for (let i = 0; i <= STRUCTURE.componentCoreInstances; i++) writer.coreInstantiate(1);
    });
    refused(bytes, 'LIMIT_EXCEEDED', /core instances/);
  });

  test('a second memory is refused', () => {
    const bytes = withMore((writer) => writer.coreModule(compileWat('(module (memory 1))')).coreInstantiate(1));
    refused(bytes, 'UNSUPPORTED_FEATURE', /has 2 memories/);
  });

  test.each([
    ['a 64-bit memory', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1), 'UNSUPPORTED_FEATURE'],
    ['a shared memory', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1), 'UNSUPPORTED_FEATURE'],
    ['a module that is not valid', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 3, 2, 1, 7), 'INVALID_MODULE'],
    ['a reserved name', compileWat('(module (func (export "__ringfence_fuel")))'), 'RESERVED_NAME'],
  ] as const)('%s in a core module inside is refused as in any module', (_, module, code) => {
    const error = failureSync(
      () => linkComponent(withMore((writer) => writer.coreModule(module).coreInstantiate(1))),
      code,
    );
    expect(error.message).toMatch(/^core module at \d+ of the component: /);
  });

  test('a count that the bytes cannot hold is refused before anything is allocated', () => {
    const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f);
    for (const id of [2, 5, 6, 7, 8, 10, 11]) {
      refused(new ComponentWriter().section(id, huge).bytes(), 'INVALID_MODULE', /claims 4294967295 .* but only/);
    }
  });

  test('indices that lead nowhere are refused', () => {
    const wrong: ((writer: ComponentWriter) => void)[] = [
      (writer) => writer.coreInstantiate(9),
      (writer) => writer.coreBundle([['f', CORE.func, 99]]),
      (writer) => writer.instantiate(9),
      (writer) => writer.aliasCore(99, CORE.func, 'f'),
      (writer) => writer.aliasExport(99, SORT.func, 'f'),
      (writer) => writer.aliasExport(0, SORT.func, 'absent'),
      (writer) => writer.aliasOuter(SORT.type, 9, 0),
      (writer) => writer.aliasOuter(SORT.func, 0, 0),
      (writer) => writer.lift(99, 4),
      (writer) => writer.lift(4, 99),
      (writer) => writer.lower(99),
      (writer) => writer.lift(4, 4, { memory: 99 }),
      (writer) => writer.canon(0x03, 99),
      (writer) => writer.export('start', SORT.func, 99),
      (writer) => writer.import('wasi:cli/exit@0.2.0', SORT.instance, 99),
    ];
    for (const add of wrong) failureSync(() => linkComponent(withMore(add)), 'INVALID_MODULE');
  });

  test('an import that nothing is given for is refused', () => {
    const bytes = withMore((writer) =>
      writer.coreModule(compileWat('(module (import "a" "b" (func)))')).coreInstantiate(1),
    );
    refused(bytes, 'INVALID_MODULE', /nothing is given for the import "a"/);
  });

  test('an import that is given a function of another type is refused', () => {
    const module = compileWat('(module (import "a" "post" (func (param i64))))');
    refused(
      withMore((writer) => writer.coreModule(module).coreInstantiate(1, [['a', 1]])),
      'INVALID_MODULE',
      /imports "a" "post" as \(i64\) -> \(\), but is given \(i32\) -> \(\)/,
    );
  });
});

test('every prefix of a component, and every byte of it changed, is refused with a typed error or links to a valid module', () => {
  const bytes = worldComponent();
  const attempt = (mutant: Uint8Array<ArrayBuffer>): void => {
    let linked: Uint8Array<ArrayBuffer>;
    try {
      linked = linkComponent(mutant).bytes;
    } catch (error) {
      expect(error).toMatchObject({ name: 'RingfenceError', code: expect.not.stringMatching('BUG') });
      return;
    }
    // The checks behind judge it: here it must not be worse than what came in.
    expect(linked.length).toBeLessThan(4 * bytes.length + 65_536);
  };
  for (let end = 0; end < bytes.length; end += 3) attempt(bytes.slice(0, end));
  for (let at = 8; at < bytes.length; at += 2) {
    const mutant = bytes.slice();
    mutant[at] = (mutant[at] as number) ^ (1 << (at % 8));
    attempt(mutant);
  }
});

test('the decoder says where it stands', () => {
  const error = failureSync(
    () => decodeComponent(new ComponentWriter().section(7, Uint8Array.of(1, 0x20)).bytes()),
    'INVALID_MODULE',
  );
  expect(error.message).toBe('type section, type 0: 0x20 is not a type that is known here (at offset 0xb)');
  expect(error.details).toMatchObject({ offset: 11, section: 'type' });
});
