/** A second of a sine tone as a WAV file: 8,000 samples of 16 bits, one channel. */

const SAMPLE_RATE = 8_000;
const HEADER_BYTES = 44;
const AMPLITUDE = 12_000;

export function toneWav(hertz: number): Uint8Array {
  const dataBytes = SAMPLE_RATE * 2;
  const file = new DataView(new ArrayBuffer(HEADER_BYTES + dataBytes));
  const text = (at: number, letters: string): void => {
    for (let i = 0; i < letters.length; i++) file.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, 'RIFF');
  file.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  text(8, 'WAVEfmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, SAMPLE_RATE, true);
  file.setUint32(28, SAMPLE_RATE * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  text(36, 'data');
  file.setUint32(40, dataBytes, true);
  for (let i = 0; i < SAMPLE_RATE; i++) {
    file.setInt16(HEADER_BYTES + i * 2, AMPLITUDE * Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE), true);
  }
  return new Uint8Array(file.buffer);
}
