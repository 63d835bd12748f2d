/**
 * One entry of the disk cache as bytes: what is known of a module, and its metered form.
 *
 *     magic | version | lengths of the parts | nonce | seal | facts (JSON) | manifest | names | offsets | wasm
 *
 * Whoever reads one believes nothing: lengths are compared with the size of the file, then the seal with the content and with the key
 * that it was asked for with.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EngineReport, MappedModule } from '../meter/index.ts';
import type { ModuleSurface } from '../validate/surface.ts';
import { NONCE_BYTES, type SecretHash, TAG_BYTES } from './digest.ts';
import type { CheckedData, ModuleForm } from './module-work.ts';

export interface DiskEntry {
  /** SHA-256 of the plugin's file, in hexadecimal. */
  readonly digest: string;
  readonly data: CheckedData;
  /** What `metered` is made for. */
  readonly form: ModuleForm;
  readonly metered: MappedModule<EngineReport>;
}

/** The part of an entry that is JSON. */
interface Facts {
  readonly digest: string;
  readonly form: ModuleForm;
  readonly report: EngineReport;
  readonly surface: Omit<ModuleSurface, 'manifests'>;
  /** Offsets of the manifest sections in the module: none or one has a manifest in the entry. */
  readonly manifests: readonly number[];
}

const MAGIC = 'ringfenc';
const VERSION = 3;
const PARTS = 5;
const NONCE_AT = MAGIC.length + 4 + PARTS * 4;
const SEAL_AT = NONCE_AT + NONCE_BYTES;
const HEADER_BYTES = SEAL_AT + TAG_BYTES;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What is wrong with an entry. It is no error of anyone: the module is metered anew. */
export class BadEntry extends Error {
  override readonly name = 'BadEntry';
}

/**
 * @param key what the entry will be asked for with
 * @param secret of the cache
 */
export async function encodeEntry(
  key: string,
  { digest, data, form, metered }: DiskEntry,
  secret: SecretHash,
): Promise<Uint8Array> {
  const { manifests, ...surface } = data.surface;
  const facts: Facts = {
    digest,
    form,
    report: metered.report,
    surface,
    manifests: manifests.map(({ offset }) => offset),
  };
  const parts = [
    encoder.encode(JSON.stringify(facts)),
    manifests[0]?.data ?? new Uint8Array(),
    data.nameBytes,
    metered.offsets,
    metered.bytes,
  ];
  const bytes = new Uint8Array(HEADER_BYTES + parts.reduce((size, part) => size + part.length, 0));
  const view = new DataView(bytes.buffer);
  encoder.encodeInto(MAGIC, bytes);
  view.setUint32(MAGIC.length, VERSION, true);
  let at = HEADER_BYTES;
  parts.forEach((part, i) => {
    view.setUint32(MAGIC.length + 4 + i * 4, part.length, true);
    bytes.set(part, at);
    at += part.length;
  });
  bytes.set(randomBytes(NONCE_BYTES), NONCE_AT);
  bytes.set(await sealOf(bytes, key, secret), SEAL_AT);
  return bytes;
}

/** An entry whose shape is right, before anybody knows whether its content is. */
export interface SealedEntry {
  /** The metered module. It may be compiled already, which runs nothing of it; it must not be instantiated before `open`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Compares the content with its seal. @throws BadEntry */
  open(): Promise<DiskEntry>;
}

/**
 * @param bytes a whole file
 * @param key what the entry was asked for with
 * @param secret of the cache
 * @throws BadEntry
 */
export function readEntry(bytes: Uint8Array<ArrayBuffer>, key: string, secret: SecretHash): SealedEntry {
  const [facts, manifest, nameBytes, offsets, wasm] = splitEntry(bytes);
  return {
    wasm,
    async open() {
      const stated = bytes.subarray(SEAL_AT, HEADER_BYTES);
      if (!timingSafeEqual(stated, await sealOf(bytes, key, secret))) {
        throw new BadEntry('its content is not what was written under its name');
      }
      // From here on it is what this code has written.
      const { digest, form, report, surface, manifests } = JSON.parse(decoder.decode(facts)) as Facts;
      return {
        digest,
        form,
        // Copies of what is small and stays: a view would keep the whole file in memory.
        metered: { bytes: wasm, report, offsets: new Uint8Array(offsets) },
        data: {
          surface: {
            ...surface,
            manifests: manifests.map((offset, i) => ({
              offset,
              data: i === 0 ? new Uint8Array(manifest) : new Uint8Array(),
            })),
          },
          nameBytes: new Uint8Array(nameBytes),
        },
      };
    },
  };
}

type Part = Uint8Array<ArrayBuffer>;

function splitEntry(bytes: Part): [facts: Part, manifest: Part, nameBytes: Part, offsets: Part, wasm: Part] {
  if (bytes.length < HEADER_BYTES) throw new BadEntry('it is cut off');
  if (Buffer.from(bytes.buffer, bytes.byteOffset, MAGIC.length).toString('latin1') !== MAGIC) {
    throw new BadEntry('it is something else');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION) throw new BadEntry(`it has version ${version}`);
  let at = HEADER_BYTES;
  const part = (i: number): Part => {
    const size = view.getUint32(MAGIC.length + 4 + i * 4, true);
    if (size > bytes.length - at) throw new BadEntry('it is cut off');
    at += size;
    return bytes.subarray(at - size, at);
  };
  const parts: ReturnType<typeof splitEntry> = [part(0), part(1), part(2), part(3), part(4)];
  if (at !== bytes.length) throw new BadEntry('something stands behind it');
  return parts;
}

/** Over the key, and over everything but the seal itself. The key has names of modules in it, so it is not in the entry. */
const sealOf = (bytes: Uint8Array, key: string, secret: SecretHash): Promise<Buffer> =>
  secret.seal(
    bytes.subarray(NONCE_AT, SEAL_AT),
    createHash('sha256').update(key).digest(),
    bytes.subarray(0, NONCE_AT),
    bytes.subarray(HEADER_BYTES),
  );
