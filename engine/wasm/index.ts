/** The public subpath `ringfence/wasm`: decode, encode, print and inspect core modules. Runs wherever JavaScript does. */
export {
  appendCustomSection,
  type CustomSectionSpan,
  decodeNameSection,
  decodeProducersSection,
  findCustomSection,
  listCustomSections,
  type ModuleNames,
  moduleNames,
  type Producers,
  removeCustomSection,
  replaceCustomSection,
} from './custom-sections.ts';
export { decodeModule } from './decode.ts';
export { type EncodeOptions, encodeModule } from './encode.ts';
export { type FeatureUse, featuresUsed } from './features.ts';
export { type BytesKind, checkHeader, classifyBytes } from './header.ts';
export type { BlockType, BranchCast, CatchClause, Immediate, MemoryArgument } from './immediates.ts';
export {
  type InspectedExport,
  type InspectedFeature,
  type InspectedImport,
  type InspectedLimits,
  type InspectedSection,
  type InspectedTable,
  inspectModule,
  type ModuleSummary,
} from './inspect.ts';
export { decodeInstructions, encodeInstruction, type Instruction } from './instructions.ts';
export type * from './module.ts';
export { functionTypeOf } from './module.ts';
export { type Control, type Feature, type ImmediateKind, OPCODES, type Opcode, opcode } from './opcodes.ts';
export { functionPrinter, type PrintOptions, printFunction, printLines, printModule } from './print.ts';
export { type FunctionLabel, printInstruction } from './print-instruction.ts';
export type * from './types.ts';
export { sameSignature, sameType, signatureName, typeName } from './types.ts';
export { Writer } from './writer.ts';
