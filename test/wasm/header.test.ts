/** What is not a core module is told apart, and the error says what to do about it. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../engine/wasm/decode.ts';
import { checkHeader, classifyBytes } from '../../engine/wasm/header.ts';
import { parseHex } from '../support/wasm-bytes.ts';

const text = (source: string): Uint8Array => new TextEncoder().encode(source);

describe('classifyBytes', () => {
  it.each([
    ['module', parseHex('00 61 73 6d 01 00 00 00')],
    ['module', parseHex('00 61 73 6d 01 00 00 00 ff ff')],
    ['component', parseHex('00 61 73 6d 0d 00 01 00')],
    ['component', parseHex('00 61 73 6d 0a 00 01 00 00')],
    ['unknown', parseHex('00 61 73 6d 02 00 00 00')],
    ['unknown', parseHex('00 61 73 6d 00 00 01 00')],
    ['unknown', parseHex('00 61 73 6d 0d 00')],
    ['unknown', parseHex('00 61 73 6d')],
    ['unknown', parseHex('')],
    ['text', text('(module)')],
    ['text', text('  \n(module $name (func))')],
    ['text', text('\ufeff(module)')],
    ['text', text(';; a comment\n(module)')],
    ['text', text('(; block ;) (component)')],
    ['unknown', text('(define (f x) x)')],
    ['unknown', text('<!DOCTYPE html>')],
  ] as const)('%s', (kind, bytes) => {
    expect(classifyBytes(bytes)).toBe(kind);
  });
});

describe('checkHeader', () => {
  it.each([
    ['an empty file', '', /got an empty file\. Build/, 0],
    ['three bytes of magic', '00 61 73', /only the first 3 of its 8 bytes .*first bytes: 00 61 73.*cut off/, 3],
    ['seven bytes of header', '00 61 73 6d 01 00 00', /only the first 7 of its 8 bytes/, 7],
    ['version 2', '00 61 73 6d 02 00 00 00', /Expected WebAssembly version 1 \(01 00 00 00\), got 02 00 00 00/, 4],
    ['a version cut off', '00 61 73 6d 0d 00', /got 0d 00/, 4],
    ['an ELF file', '7f 45 4c 46 02 01 01 00 00', /got an ELF executable.*7f 45 4c 46 02 01 01 00\)/, 0],
    ['a gzip file', '1f 8b 08 00', /got gzip data \(unpack it first\)/, 0],
    ['a ZIP file', '50 4b 03 04 14', /got a ZIP archive/, 0],
    ['zero bytes', '00 00 00 00 00 00 00 00', /got binary data of no kind/, 0],
    ['magic written backwards', '6d 73 61 00 01 00 00 00', /got binary data/, 0],
  ])('%s', (_, hex, message, offset) => {
    expect(() => checkHeader(parseHex(hex))).toThrow(
      expect.objectContaining({
        code: 'INVALID_MODULE',
        stage: 'decode',
        message: expect.stringMatching(message),
        details: expect.objectContaining({ offset }),
      }),
    );
  });

  it.each([
    ['an HTML page', '\n<!DOCTYPE HTML><html>', /got an HTML page/],
    ['a page without doctype', '<html lang="en">', /got an HTML page/],
    ['JSON', '{"error": "not found"}', /got JSON/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', /git lfs pull/],
    ['JavaScript', 'import fs from "node:fs";', /got JavaScript source/],
    ['a shell script', '#!/bin/sh\n', /got a script/],
    ['prose', 'Hello there', /got text/],
    ['WebAssembly text', '(module (func))', /got WebAssembly text.*wat2wasm/],
  ])('%s', (_, source, message) => {
    expect(() => decodeModule(text(source))).toThrow(
      expect.objectContaining({ code: 'INVALID_MODULE', message: expect.stringMatching(message) }),
    );
  });

  it('a component is an unsupported feature, not a broken file', () => {
    expect(() => decodeModule(parseHex('00 61 73 6d 0d 00 01 00'))).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_FEATURE',
        message: expect.stringMatching(
          /got a component \(component model, layer 1; first bytes: 00 61 73 6d 0d 00 01 00\)/,
        ),
        details: { feature: 'component-model', offset: 4 },
      }),
    );
  });

  it('takes the header alone as the empty module', () => {
    expect(decodeModule(parseHex('00 61 73 6d 01 00 00 00'))).toMatchObject({ types: [], bodies: [], customs: [] });
  });
});
