/**
 * The one opcode table: everything that V8 in Node 26 accepts by default, and nothing else. The decoder, the validator,
 * the meter, the printer and the encoder are driven by it; a test synthesises a module for every row and asks V8.
 *
 * A row is written as `code name immediates… : params -> results`. A signature of `*` depends on immediates or on types.
 */

export type Feature =
  | 'mvp'
  | 'sign-extension'
  | 'saturating-conversions'
  | 'multi-value'
  | 'bulk-memory'
  | 'reference-types'
  | 'typed-function-references'
  | 'simd'
  | 'relaxed-simd'
  | 'tail-calls'
  | 'exceptions'
  | 'legacy-exceptions'
  | 'threads'
  | 'memory64'
  | 'multi-memory'
  | 'gc'
  | 'extended-const'
  | 'custom-page-sizes';

/** What stands behind an opcode in the binary. */
export type ImmediateKind =
  | 'block' // block type: s33
  | 'label'
  | 'labels' // br_table: vector of labels, then the default
  | 'func'
  | 'type'
  | 'table'
  | 'local'
  | 'global'
  | 'memory'
  | 'data'
  | 'elem'
  | 'tag'
  | 'memarg' // alignment (bit 6: a memory index follows), offset
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'lane'
  | 'lanes' // 16 lane numbers
  | 'heap' // heap type: s33
  | 'types' // vector of value types
  | 'catches' // try_table: vector of catch clauses
  | 'cast' // br_on_cast: flags byte, label, two heap types
  | 'field'
  | 'count'
  | 'zero'; // a byte that must be 0

/**
 * What an opcode does to the flow of control. Shared code asks for this, never for a particular opcode.
 * `call*` run other code and come back; `tail*` run other code instead of coming back.
 */
export type Control =
  | 'none'
  | 'block'
  | 'loop'
  | 'if'
  | 'else'
  | 'end'
  | 'br'
  | 'br-if'
  | 'br-table'
  | 'return'
  | 'unreachable'
  | 'call'
  | 'call-indirect'
  | 'call-ref'
  | 'tail-call'
  | 'tail-call-indirect'
  | 'tail-call-ref'
  | 'throw'
  | 'try-table'
  | 'try'
  | 'catch'
  | 'catch-all'
  | 'delegate';

export type OperandType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'ref';

export interface Opcode {
  /** Position in OPCODES: what struct-of-arrays code stores. */
  readonly id: number;
  /** 0, or the prefix byte 0xfb to 0xfe. */
  readonly prefix: number;
  /** The opcode byte, or the number after the prefix. */
  readonly code: number;
  readonly name: string;
  readonly immediates: readonly ImmediateKind[];
  /** Fixed operand types; undefined where immediates or type definitions decide. */
  readonly params: readonly OperandType[] | undefined;
  readonly results: readonly OperandType[] | undefined;
  readonly feature: Feature;
  readonly control: Control;
  /** May stand in a constant expression. */
  readonly constant: boolean;
}

const TABLE: readonly (readonly [feature: Feature, prefix: number, rows: string])[] = [
  [
    'mvp',
    0,
    `
    00 unreachable : *
    01 nop : ->
    02 block block : *
    03 loop block : *
    04 if block : *
    05 else : *
    0b end : *
    0c br label : *
    0d br_if label : *
    0e br_table labels : *
    0f return : *
    10 call func : *
    11 call_indirect type table : *
    1a drop : *
    1b select : *
    20 local.get local : *
    21 local.set local : *
    22 local.tee local : *
    23 global.get global : *
    24 global.set global : *
    28 i32.load memarg : i32 -> i32
    29 i64.load memarg : i32 -> i64
    2a f32.load memarg : i32 -> f32
    2b f64.load memarg : i32 -> f64
    2c i32.load8_s memarg : i32 -> i32
    2d i32.load8_u memarg : i32 -> i32
    2e i32.load16_s memarg : i32 -> i32
    2f i32.load16_u memarg : i32 -> i32
    30 i64.load8_s memarg : i32 -> i64
    31 i64.load8_u memarg : i32 -> i64
    32 i64.load16_s memarg : i32 -> i64
    33 i64.load16_u memarg : i32 -> i64
    34 i64.load32_s memarg : i32 -> i64
    35 i64.load32_u memarg : i32 -> i64
    36 i32.store memarg : i32 i32 ->
    37 i64.store memarg : i32 i64 ->
    38 f32.store memarg : i32 f32 ->
    39 f64.store memarg : i32 f64 ->
    3a i32.store8 memarg : i32 i32 ->
    3b i32.store16 memarg : i32 i32 ->
    3c i64.store8 memarg : i32 i64 ->
    3d i64.store16 memarg : i32 i64 ->
    3e i64.store32 memarg : i32 i64 ->
    3f memory.size memory : -> i32
    40 memory.grow memory : i32 -> i32
    41 i32.const i32 : -> i32
    42 i64.const i64 : -> i64
    43 f32.const f32 : -> f32
    44 f64.const f64 : -> f64
    45 i32.eqz : i32 -> i32
    46 i32.eq : i32 i32 -> i32
    47 i32.ne : i32 i32 -> i32
    48 i32.lt_s : i32 i32 -> i32
    49 i32.lt_u : i32 i32 -> i32
    4a i32.gt_s : i32 i32 -> i32
    4b i32.gt_u : i32 i32 -> i32
    4c i32.le_s : i32 i32 -> i32
    4d i32.le_u : i32 i32 -> i32
    4e i32.ge_s : i32 i32 -> i32
    4f i32.ge_u : i32 i32 -> i32
    50 i64.eqz : i64 -> i32
    51 i64.eq : i64 i64 -> i32
    52 i64.ne : i64 i64 -> i32
    53 i64.lt_s : i64 i64 -> i32
    54 i64.lt_u : i64 i64 -> i32
    55 i64.gt_s : i64 i64 -> i32
    56 i64.gt_u : i64 i64 -> i32
    57 i64.le_s : i64 i64 -> i32
    58 i64.le_u : i64 i64 -> i32
    59 i64.ge_s : i64 i64 -> i32
    5a i64.ge_u : i64 i64 -> i32
    5b f32.eq : f32 f32 -> i32
    5c f32.ne : f32 f32 -> i32
    5d f32.lt : f32 f32 -> i32
    5e f32.gt : f32 f32 -> i32
    5f f32.le : f32 f32 -> i32
    60 f32.ge : f32 f32 -> i32
    61 f64.eq : f64 f64 -> i32
    62 f64.ne : f64 f64 -> i32
    63 f64.lt : f64 f64 -> i32
    64 f64.gt : f64 f64 -> i32
    65 f64.le : f64 f64 -> i32
    66 f64.ge : f64 f64 -> i32
    67 i32.clz : i32 -> i32
    68 i32.ctz : i32 -> i32
    69 i32.popcnt : i32 -> i32
    6a i32.add : i32 i32 -> i32
    6b i32.sub : i32 i32 -> i32
    6c i32.mul : i32 i32 -> i32
    6d i32.div_s : i32 i32 -> i32
    6e i32.div_u : i32 i32 -> i32
    6f i32.rem_s : i32 i32 -> i32
    70 i32.rem_u : i32 i32 -> i32
    71 i32.and : i32 i32 -> i32
    72 i32.or : i32 i32 -> i32
    73 i32.xor : i32 i32 -> i32
    74 i32.shl : i32 i32 -> i32
    75 i32.shr_s : i32 i32 -> i32
    76 i32.shr_u : i32 i32 -> i32
    77 i32.rotl : i32 i32 -> i32
    78 i32.rotr : i32 i32 -> i32
    79 i64.clz : i64 -> i64
    7a i64.ctz : i64 -> i64
    7b i64.popcnt : i64 -> i64
    7c i64.add : i64 i64 -> i64
    7d i64.sub : i64 i64 -> i64
    7e i64.mul : i64 i64 -> i64
    7f i64.div_s : i64 i64 -> i64
    80 i64.div_u : i64 i64 -> i64
    81 i64.rem_s : i64 i64 -> i64
    82 i64.rem_u : i64 i64 -> i64
    83 i64.and : i64 i64 -> i64
    84 i64.or : i64 i64 -> i64
    85 i64.xor : i64 i64 -> i64
    86 i64.shl : i64 i64 -> i64
    87 i64.shr_s : i64 i64 -> i64
    88 i64.shr_u : i64 i64 -> i64
    89 i64.rotl : i64 i64 -> i64
    8a i64.rotr : i64 i64 -> i64
    8b f32.abs : f32 -> f32
    8c f32.neg : f32 -> f32
    8d f32.ceil : f32 -> f32
    8e f32.floor : f32 -> f32
    8f f32.trunc : f32 -> f32
    90 f32.nearest : f32 -> f32
    91 f32.sqrt : f32 -> f32
    92 f32.add : f32 f32 -> f32
    93 f32.sub : f32 f32 -> f32
    94 f32.mul : f32 f32 -> f32
    95 f32.div : f32 f32 -> f32
    96 f32.min : f32 f32 -> f32
    97 f32.max : f32 f32 -> f32
    98 f32.copysign : f32 f32 -> f32
    99 f64.abs : f64 -> f64
    9a f64.neg : f64 -> f64
    9b f64.ceil : f64 -> f64
    9c f64.floor : f64 -> f64
    9d f64.trunc : f64 -> f64
    9e f64.nearest : f64 -> f64
    9f f64.sqrt : f64 -> f64
    a0 f64.add : f64 f64 -> f64
    a1 f64.sub : f64 f64 -> f64
    a2 f64.mul : f64 f64 -> f64
    a3 f64.div : f64 f64 -> f64
    a4 f64.min : f64 f64 -> f64
    a5 f64.max : f64 f64 -> f64
    a6 f64.copysign : f64 f64 -> f64
    a7 i32.wrap_i64 : i64 -> i32
    a8 i32.trunc_f32_s : f32 -> i32
    a9 i32.trunc_f32_u : f32 -> i32
    aa i32.trunc_f64_s : f64 -> i32
    ab i32.trunc_f64_u : f64 -> i32
    ac i64.extend_i32_s : i32 -> i64
    ad i64.extend_i32_u : i32 -> i64
    ae i64.trunc_f32_s : f32 -> i64
    af i64.trunc_f32_u : f32 -> i64
    b0 i64.trunc_f64_s : f64 -> i64
    b1 i64.trunc_f64_u : f64 -> i64
    b2 f32.convert_i32_s : i32 -> f32
    b3 f32.convert_i32_u : i32 -> f32
    b4 f32.convert_i64_s : i64 -> f32
    b5 f32.convert_i64_u : i64 -> f32
    b6 f32.demote_f64 : f64 -> f32
    b7 f64.convert_i32_s : i32 -> f64
    b8 f64.convert_i32_u : i32 -> f64
    b9 f64.convert_i64_s : i64 -> f64
    ba f64.convert_i64_u : i64 -> f64
    bb f64.promote_f32 : f32 -> f64
    bc i32.reinterpret_f32 : f32 -> i32
    bd i64.reinterpret_f64 : f64 -> i64
    be f32.reinterpret_i32 : i32 -> f32
    bf f64.reinterpret_i64 : i64 -> f64`,
  ],
  [
    'sign-extension',
    0,
    `
    c0 i32.extend8_s : i32 -> i32
    c1 i32.extend16_s : i32 -> i32
    c2 i64.extend8_s : i64 -> i64
    c3 i64.extend16_s : i64 -> i64
    c4 i64.extend32_s : i64 -> i64`,
  ],
  [
    'legacy-exceptions',
    0,
    `
    06 try block : *
    07 catch tag : *
    09 rethrow label : *
    18 delegate label : *
    19 catch_all : *`,
  ],
  [
    'exceptions',
    0,
    `
    08 throw tag : *
    0a throw_ref : ref -> *
    1f try_table block catches : *`,
  ],
  [
    'tail-calls',
    0,
    `
    12 return_call func : *
    13 return_call_indirect type table : *`,
  ],
  [
    'typed-function-references',
    0,
    `
    14 call_ref type : *
    15 return_call_ref type : *
    d4 ref.as_non_null : *
    d5 br_on_null label : *
    d6 br_on_non_null label : *`,
  ],
  [
    'reference-types',
    0,
    `
    1c select_t types : *
    25 table.get table : i32 -> ref
    26 table.set table : i32 ref ->
    d0 ref.null heap : -> ref
    d1 ref.is_null : ref -> i32
    d2 ref.func func : -> ref`,
  ],
  [
    'gc',
    0,
    `
    d3 ref.eq : ref ref -> i32`,
  ],
  [
    'gc',
    0xfb,
    `
    00 struct.new type : *
    01 struct.new_default type : -> ref
    02 struct.get type field : *
    03 struct.get_s type field : ref -> i32
    04 struct.get_u type field : ref -> i32
    05 struct.set type field : *
    06 array.new type : *
    07 array.new_default type : i32 -> ref
    08 array.new_fixed type count : *
    09 array.new_data type data : i32 i32 -> ref
    0a array.new_elem type elem : i32 i32 -> ref
    0b array.get type : *
    0c array.get_s type : ref i32 -> i32
    0d array.get_u type : ref i32 -> i32
    0e array.set type : *
    0f array.len : ref -> i32
    10 array.fill type : *
    11 array.copy type type : ref i32 ref i32 i32 ->
    12 array.init_data type data : ref i32 i32 i32 ->
    13 array.init_elem type elem : ref i32 i32 i32 ->
    14 ref.test heap : ref -> i32
    15 ref.test_null heap : ref -> i32
    16 ref.cast heap : ref -> ref
    17 ref.cast_null heap : ref -> ref
    18 br_on_cast cast : *
    19 br_on_cast_fail cast : *
    1a any.convert_extern : ref -> ref
    1b extern.convert_any : ref -> ref
    1c ref.i31 : i32 -> ref
    1d i31.get_s : ref -> i32
    1e i31.get_u : ref -> i32`,
  ],
  [
    'saturating-conversions',
    0xfc,
    `
    00 i32.trunc_sat_f32_s : f32 -> i32
    01 i32.trunc_sat_f32_u : f32 -> i32
    02 i32.trunc_sat_f64_s : f64 -> i32
    03 i32.trunc_sat_f64_u : f64 -> i32
    04 i64.trunc_sat_f32_s : f32 -> i64
    05 i64.trunc_sat_f32_u : f32 -> i64
    06 i64.trunc_sat_f64_s : f64 -> i64
    07 i64.trunc_sat_f64_u : f64 -> i64`,
  ],
  [
    'bulk-memory',
    0xfc,
    `
    08 memory.init data memory : i32 i32 i32 ->
    09 data.drop data : ->
    0a memory.copy memory memory : i32 i32 i32 ->
    0b memory.fill memory : i32 i32 i32 ->
    0c table.init elem table : i32 i32 i32 ->
    0d elem.drop elem : ->
    0e table.copy table table : i32 i32 i32 ->`,
  ],
  [
    'reference-types',
    0xfc,
    `
    0f table.grow table : ref i32 -> i32
    10 table.size table : -> i32
    11 table.fill table : i32 ref i32 ->`,
  ],
  [
    'simd',
    0xfd,
    `
    00 v128.load memarg : i32 -> v128
    01 v128.load8x8_s memarg : i32 -> v128
    02 v128.load8x8_u memarg : i32 -> v128
    03 v128.load16x4_s memarg : i32 -> v128
    04 v128.load16x4_u memarg : i32 -> v128
    05 v128.load32x2_s memarg : i32 -> v128
    06 v128.load32x2_u memarg : i32 -> v128
    07 v128.load8_splat memarg : i32 -> v128
    08 v128.load16_splat memarg : i32 -> v128
    09 v128.load32_splat memarg : i32 -> v128
    0a v128.load64_splat memarg : i32 -> v128
    0b v128.store memarg : i32 v128 ->
    0c v128.const v128 : -> v128
    0d i8x16.shuffle lanes : v128 v128 -> v128
    0e i8x16.swizzle : v128 v128 -> v128
    0f i8x16.splat : i32 -> v128
    10 i16x8.splat : i32 -> v128
    11 i32x4.splat : i32 -> v128
    12 i64x2.splat : i64 -> v128
    13 f32x4.splat : f32 -> v128
    14 f64x2.splat : f64 -> v128
    15 i8x16.extract_lane_s lane : v128 -> i32
    16 i8x16.extract_lane_u lane : v128 -> i32
    17 i8x16.replace_lane lane : v128 i32 -> v128
    18 i16x8.extract_lane_s lane : v128 -> i32
    19 i16x8.extract_lane_u lane : v128 -> i32
    1a i16x8.replace_lane lane : v128 i32 -> v128
    1b i32x4.extract_lane lane : v128 -> i32
    1c i32x4.replace_lane lane : v128 i32 -> v128
    1d i64x2.extract_lane lane : v128 -> i64
    1e i64x2.replace_lane lane : v128 i64 -> v128
    1f f32x4.extract_lane lane : v128 -> f32
    20 f32x4.replace_lane lane : v128 f32 -> v128
    21 f64x2.extract_lane lane : v128 -> f64
    22 f64x2.replace_lane lane : v128 f64 -> v128
    23 i8x16.eq : v128 v128 -> v128
    24 i8x16.ne : v128 v128 -> v128
    25 i8x16.lt_s : v128 v128 -> v128
    26 i8x16.lt_u : v128 v128 -> v128
    27 i8x16.gt_s : v128 v128 -> v128
    28 i8x16.gt_u : v128 v128 -> v128
    29 i8x16.le_s : v128 v128 -> v128
    2a i8x16.le_u : v128 v128 -> v128
    2b i8x16.ge_s : v128 v128 -> v128
    2c i8x16.ge_u : v128 v128 -> v128
    2d i16x8.eq : v128 v128 -> v128
    2e i16x8.ne : v128 v128 -> v128
    2f i16x8.lt_s : v128 v128 -> v128
    30 i16x8.lt_u : v128 v128 -> v128
    31 i16x8.gt_s : v128 v128 -> v128
    32 i16x8.gt_u : v128 v128 -> v128
    33 i16x8.le_s : v128 v128 -> v128
    34 i16x8.le_u : v128 v128 -> v128
    35 i16x8.ge_s : v128 v128 -> v128
    36 i16x8.ge_u : v128 v128 -> v128
    37 i32x4.eq : v128 v128 -> v128
    38 i32x4.ne : v128 v128 -> v128
    39 i32x4.lt_s : v128 v128 -> v128
    3a i32x4.lt_u : v128 v128 -> v128
    3b i32x4.gt_s : v128 v128 -> v128
    3c i32x4.gt_u : v128 v128 -> v128
    3d i32x4.le_s : v128 v128 -> v128
    3e i32x4.le_u : v128 v128 -> v128
    3f i32x4.ge_s : v128 v128 -> v128
    40 i32x4.ge_u : v128 v128 -> v128
    41 f32x4.eq : v128 v128 -> v128
    42 f32x4.ne : v128 v128 -> v128
    43 f32x4.lt : v128 v128 -> v128
    44 f32x4.gt : v128 v128 -> v128
    45 f32x4.le : v128 v128 -> v128
    46 f32x4.ge : v128 v128 -> v128
    47 f64x2.eq : v128 v128 -> v128
    48 f64x2.ne : v128 v128 -> v128
    49 f64x2.lt : v128 v128 -> v128
    4a f64x2.gt : v128 v128 -> v128
    4b f64x2.le : v128 v128 -> v128
    4c f64x2.ge : v128 v128 -> v128
    4d v128.not : v128 -> v128
    4e v128.and : v128 v128 -> v128
    4f v128.andnot : v128 v128 -> v128
    50 v128.or : v128 v128 -> v128
    51 v128.xor : v128 v128 -> v128
    52 v128.bitselect : v128 v128 v128 -> v128
    53 v128.any_true : v128 -> i32
    54 v128.load8_lane memarg lane : i32 v128 -> v128
    55 v128.load16_lane memarg lane : i32 v128 -> v128
    56 v128.load32_lane memarg lane : i32 v128 -> v128
    57 v128.load64_lane memarg lane : i32 v128 -> v128
    58 v128.store8_lane memarg lane : i32 v128 ->
    59 v128.store16_lane memarg lane : i32 v128 ->
    5a v128.store32_lane memarg lane : i32 v128 ->
    5b v128.store64_lane memarg lane : i32 v128 ->
    5c v128.load32_zero memarg : i32 -> v128
    5d v128.load64_zero memarg : i32 -> v128
    5e f32x4.demote_f64x2_zero : v128 -> v128
    5f f64x2.promote_low_f32x4 : v128 -> v128
    60 i8x16.abs : v128 -> v128
    61 i8x16.neg : v128 -> v128
    62 i8x16.popcnt : v128 -> v128
    63 i8x16.all_true : v128 -> i32
    64 i8x16.bitmask : v128 -> i32
    65 i8x16.narrow_i16x8_s : v128 v128 -> v128
    66 i8x16.narrow_i16x8_u : v128 v128 -> v128
    67 f32x4.ceil : v128 -> v128
    68 f32x4.floor : v128 -> v128
    69 f32x4.trunc : v128 -> v128
    6a f32x4.nearest : v128 -> v128
    6b i8x16.shl : v128 i32 -> v128
    6c i8x16.shr_s : v128 i32 -> v128
    6d i8x16.shr_u : v128 i32 -> v128
    6e i8x16.add : v128 v128 -> v128
    6f i8x16.add_sat_s : v128 v128 -> v128
    70 i8x16.add_sat_u : v128 v128 -> v128
    71 i8x16.sub : v128 v128 -> v128
    72 i8x16.sub_sat_s : v128 v128 -> v128
    73 i8x16.sub_sat_u : v128 v128 -> v128
    74 f64x2.ceil : v128 -> v128
    75 f64x2.floor : v128 -> v128
    76 i8x16.min_s : v128 v128 -> v128
    77 i8x16.min_u : v128 v128 -> v128
    78 i8x16.max_s : v128 v128 -> v128
    79 i8x16.max_u : v128 v128 -> v128
    7a f64x2.trunc : v128 -> v128
    7b i8x16.avgr_u : v128 v128 -> v128
    7c i16x8.extadd_pairwise_i8x16_s : v128 -> v128
    7d i16x8.extadd_pairwise_i8x16_u : v128 -> v128
    7e i32x4.extadd_pairwise_i16x8_s : v128 -> v128
    7f i32x4.extadd_pairwise_i16x8_u : v128 -> v128
    80 i16x8.abs : v128 -> v128
    81 i16x8.neg : v128 -> v128
    82 i16x8.q15mulr_sat_s : v128 v128 -> v128
    83 i16x8.all_true : v128 -> i32
    84 i16x8.bitmask : v128 -> i32
    85 i16x8.narrow_i32x4_s : v128 v128 -> v128
    86 i16x8.narrow_i32x4_u : v128 v128 -> v128
    87 i16x8.extend_low_i8x16_s : v128 -> v128
    88 i16x8.extend_high_i8x16_s : v128 -> v128
    89 i16x8.extend_low_i8x16_u : v128 -> v128
    8a i16x8.extend_high_i8x16_u : v128 -> v128
    8b i16x8.shl : v128 i32 -> v128
    8c i16x8.shr_s : v128 i32 -> v128
    8d i16x8.shr_u : v128 i32 -> v128
    8e i16x8.add : v128 v128 -> v128
    8f i16x8.add_sat_s : v128 v128 -> v128
    90 i16x8.add_sat_u : v128 v128 -> v128
    91 i16x8.sub : v128 v128 -> v128
    92 i16x8.sub_sat_s : v128 v128 -> v128
    93 i16x8.sub_sat_u : v128 v128 -> v128
    94 f64x2.nearest : v128 -> v128
    95 i16x8.mul : v128 v128 -> v128
    96 i16x8.min_s : v128 v128 -> v128
    97 i16x8.min_u : v128 v128 -> v128
    98 i16x8.max_s : v128 v128 -> v128
    99 i16x8.max_u : v128 v128 -> v128
    9b i16x8.avgr_u : v128 v128 -> v128
    9c i16x8.extmul_low_i8x16_s : v128 v128 -> v128
    9d i16x8.extmul_high_i8x16_s : v128 v128 -> v128
    9e i16x8.extmul_low_i8x16_u : v128 v128 -> v128
    9f i16x8.extmul_high_i8x16_u : v128 v128 -> v128
    a0 i32x4.abs : v128 -> v128
    a1 i32x4.neg : v128 -> v128
    a3 i32x4.all_true : v128 -> i32
    a4 i32x4.bitmask : v128 -> i32
    a7 i32x4.extend_low_i16x8_s : v128 -> v128
    a8 i32x4.extend_high_i16x8_s : v128 -> v128
    a9 i32x4.extend_low_i16x8_u : v128 -> v128
    aa i32x4.extend_high_i16x8_u : v128 -> v128
    ab i32x4.shl : v128 i32 -> v128
    ac i32x4.shr_s : v128 i32 -> v128
    ad i32x4.shr_u : v128 i32 -> v128
    ae i32x4.add : v128 v128 -> v128
    b1 i32x4.sub : v128 v128 -> v128
    b5 i32x4.mul : v128 v128 -> v128
    b6 i32x4.min_s : v128 v128 -> v128
    b7 i32x4.min_u : v128 v128 -> v128
    b8 i32x4.max_s : v128 v128 -> v128
    b9 i32x4.max_u : v128 v128 -> v128
    ba i32x4.dot_i16x8_s : v128 v128 -> v128
    bc i32x4.extmul_low_i16x8_s : v128 v128 -> v128
    bd i32x4.extmul_high_i16x8_s : v128 v128 -> v128
    be i32x4.extmul_low_i16x8_u : v128 v128 -> v128
    bf i32x4.extmul_high_i16x8_u : v128 v128 -> v128
    c0 i64x2.abs : v128 -> v128
    c1 i64x2.neg : v128 -> v128
    c3 i64x2.all_true : v128 -> i32
    c4 i64x2.bitmask : v128 -> i32
    c7 i64x2.extend_low_i32x4_s : v128 -> v128
    c8 i64x2.extend_high_i32x4_s : v128 -> v128
    c9 i64x2.extend_low_i32x4_u : v128 -> v128
    ca i64x2.extend_high_i32x4_u : v128 -> v128
    cb i64x2.shl : v128 i32 -> v128
    cc i64x2.shr_s : v128 i32 -> v128
    cd i64x2.shr_u : v128 i32 -> v128
    ce i64x2.add : v128 v128 -> v128
    d1 i64x2.sub : v128 v128 -> v128
    d5 i64x2.mul : v128 v128 -> v128
    d6 i64x2.eq : v128 v128 -> v128
    d7 i64x2.ne : v128 v128 -> v128
    d8 i64x2.lt_s : v128 v128 -> v128
    d9 i64x2.gt_s : v128 v128 -> v128
    da i64x2.le_s : v128 v128 -> v128
    db i64x2.ge_s : v128 v128 -> v128
    dc i64x2.extmul_low_i32x4_s : v128 v128 -> v128
    dd i64x2.extmul_high_i32x4_s : v128 v128 -> v128
    de i64x2.extmul_low_i32x4_u : v128 v128 -> v128
    df i64x2.extmul_high_i32x4_u : v128 v128 -> v128
    e0 f32x4.abs : v128 -> v128
    e1 f32x4.neg : v128 -> v128
    e3 f32x4.sqrt : v128 -> v128
    e4 f32x4.add : v128 v128 -> v128
    e5 f32x4.sub : v128 v128 -> v128
    e6 f32x4.mul : v128 v128 -> v128
    e7 f32x4.div : v128 v128 -> v128
    e8 f32x4.min : v128 v128 -> v128
    e9 f32x4.max : v128 v128 -> v128
    ea f32x4.pmin : v128 v128 -> v128
    eb f32x4.pmax : v128 v128 -> v128
    ec f64x2.abs : v128 -> v128
    ed f64x2.neg : v128 -> v128
    ef f64x2.sqrt : v128 -> v128
    f0 f64x2.add : v128 v128 -> v128
    f1 f64x2.sub : v128 v128 -> v128
    f2 f64x2.mul : v128 v128 -> v128
    f3 f64x2.div : v128 v128 -> v128
    f4 f64x2.min : v128 v128 -> v128
    f5 f64x2.max : v128 v128 -> v128
    f6 f64x2.pmin : v128 v128 -> v128
    f7 f64x2.pmax : v128 v128 -> v128
    f8 i32x4.trunc_sat_f32x4_s : v128 -> v128
    f9 i32x4.trunc_sat_f32x4_u : v128 -> v128
    fa f32x4.convert_i32x4_s : v128 -> v128
    fb f32x4.convert_i32x4_u : v128 -> v128
    fc i32x4.trunc_sat_f64x2_s_zero : v128 -> v128
    fd i32x4.trunc_sat_f64x2_u_zero : v128 -> v128
    fe f64x2.convert_low_i32x4_s : v128 -> v128
    ff f64x2.convert_low_i32x4_u : v128 -> v128`,
  ],
  [
    'relaxed-simd',
    0xfd,
    `
    100 i8x16.relaxed_swizzle : v128 v128 -> v128
    101 i32x4.relaxed_trunc_f32x4_s : v128 -> v128
    102 i32x4.relaxed_trunc_f32x4_u : v128 -> v128
    103 i32x4.relaxed_trunc_f64x2_s_zero : v128 -> v128
    104 i32x4.relaxed_trunc_f64x2_u_zero : v128 -> v128
    105 f32x4.relaxed_madd : v128 v128 v128 -> v128
    106 f32x4.relaxed_nmadd : v128 v128 v128 -> v128
    107 f64x2.relaxed_madd : v128 v128 v128 -> v128
    108 f64x2.relaxed_nmadd : v128 v128 v128 -> v128
    109 i8x16.relaxed_laneselect : v128 v128 v128 -> v128
    10a i16x8.relaxed_laneselect : v128 v128 v128 -> v128
    10b i32x4.relaxed_laneselect : v128 v128 v128 -> v128
    10c i64x2.relaxed_laneselect : v128 v128 v128 -> v128
    10d f32x4.relaxed_min : v128 v128 -> v128
    10e f32x4.relaxed_max : v128 v128 -> v128
    10f f64x2.relaxed_min : v128 v128 -> v128
    110 f64x2.relaxed_max : v128 v128 -> v128
    111 i16x8.relaxed_q15mulr_s : v128 v128 -> v128
    112 i16x8.relaxed_dot_i8x16_i7x16_s : v128 v128 -> v128
    113 i32x4.relaxed_dot_i8x16_i7x16_add_s : v128 v128 v128 -> v128`,
  ],
  [
    'threads',
    0xfe,
    `
    00 memory.atomic.notify memarg : i32 i32 -> i32
    01 memory.atomic.wait32 memarg : i32 i32 i64 -> i32
    02 memory.atomic.wait64 memarg : i32 i64 i64 -> i32
    03 atomic.fence zero : ->
    10 i32.atomic.load memarg : i32 -> i32
    11 i64.atomic.load memarg : i32 -> i64
    12 i32.atomic.load8_u memarg : i32 -> i32
    13 i32.atomic.load16_u memarg : i32 -> i32
    14 i64.atomic.load8_u memarg : i32 -> i64
    15 i64.atomic.load16_u memarg : i32 -> i64
    16 i64.atomic.load32_u memarg : i32 -> i64
    17 i32.atomic.store memarg : i32 i32 ->
    18 i64.atomic.store memarg : i32 i64 ->
    19 i32.atomic.store8 memarg : i32 i32 ->
    1a i32.atomic.store16 memarg : i32 i32 ->
    1b i64.atomic.store8 memarg : i32 i64 ->
    1c i64.atomic.store16 memarg : i32 i64 ->
    1d i64.atomic.store32 memarg : i32 i64 ->
    ${atomicReadModifyWrites()}`,
  ],
];

/** The seven regular rows of each of add, sub, and, or, xor, xchg and cmpxchg. */
function atomicReadModifyWrites(): string {
  const widths = [
    ['i32', 'rmw', ''],
    ['i64', 'rmw', ''],
    ['i32', 'rmw8', '_u'],
    ['i32', 'rmw16', '_u'],
    ['i64', 'rmw8', '_u'],
    ['i64', 'rmw16', '_u'],
    ['i64', 'rmw32', '_u'],
  ] as const;
  return ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg']
    .flatMap((operation, i) =>
      widths.map(([type, rmw, suffix], j) => {
        const code = (0x1e + i * widths.length + j).toString(16);
        const operands = operation === 'cmpxchg' ? `i32 ${type} ${type}` : `i32 ${type}`;
        return `${code} ${type}.atomic.${rmw}.${operation}${suffix} memarg : ${operands} -> ${type}`;
      }),
    )
    .join('\n');
}

/** Opcodes with an effect on control flow; all others are 'none'. */
const CONTROL: Readonly<Record<string, Control>> = {
  unreachable: 'unreachable',
  block: 'block',
  loop: 'loop',
  if: 'if',
  else: 'else',
  end: 'end',
  br: 'br',
  br_if: 'br-if',
  br_table: 'br-table',
  br_on_null: 'br-if',
  br_on_non_null: 'br-if',
  br_on_cast: 'br-if',
  br_on_cast_fail: 'br-if',
  return: 'return',
  call: 'call',
  call_indirect: 'call-indirect',
  call_ref: 'call-ref',
  return_call: 'tail-call',
  return_call_indirect: 'tail-call-indirect',
  return_call_ref: 'tail-call-ref',
  throw: 'throw',
  throw_ref: 'throw',
  rethrow: 'throw',
  try_table: 'try-table',
  try: 'try',
  catch: 'catch',
  catch_all: 'catch-all',
  delegate: 'delegate',
};

const CONSTANT = new Set(
  `i32.const i64.const f32.const f64.const v128.const ref.null ref.func global.get end
   i32.add i32.sub i32.mul i64.add i64.sub i64.mul
   struct.new struct.new_default array.new array.new_default array.new_fixed ref.i31 any.convert_extern extern.convert_any`.split(
    /\s+/,
  ),
);

function parseTable(): Opcode[] {
  const rows: Opcode[] = [];
  for (const [feature, prefix, text] of TABLE) {
    for (const line of text.trim().split('\n')) {
      const [head = '', signature = ''] = line.trim().split(' :');
      const [code = '', name = '', ...immediates] = head.split(' ');
      const [params, results] =
        signature.trim() === '*' ? [undefined, undefined] : signature.split('->').map(parseTypes);
      rows.push({
        id: rows.length,
        prefix,
        code: Number.parseInt(code, 16),
        name,
        immediates: immediates as ImmediateKind[],
        params,
        results,
        feature,
        control: CONTROL[name] ?? 'none',
        constant: CONSTANT.has(name),
      });
    }
  }
  return rows;
}

function parseTypes(text: string): OperandType[] | undefined {
  const words = text.split(' ').filter((word) => word !== '');
  return words.includes('*') ? undefined : (words as OperandType[]);
}

/** All rows; a row's `id` is its position. */
export const OPCODES: readonly Opcode[] = parseTable();

/** Position of a prefixed opcode's rows: 0xfb to 0xfe take 0x200 places each behind the 0x100 single bytes. */
const slot = (prefix: number, code: number): number => (prefix === 0 ? code : 0x100 + (prefix - 0xfb) * 0x200 + code);

/** Row id by slot; 0xffff where there is no such opcode. */
const IDS = new Uint16Array(slot(0xfe, 0x1ff) + 1).fill(0xffff);
for (const { id, prefix, code } of OPCODES) IDS[slot(prefix, code)] = id;

const BY_NAME: ReadonlyMap<string, Opcode> = new Map(OPCODES.map((row) => [row.name, row]));

/** What opcodeId answers for a byte (or prefix and number) that is no opcode. */
export const NO_OPCODE = 0xffff;

/** Row id of an opcode, or NO_OPCODE. `prefix` is 0 for single-byte opcodes. */
export function opcodeId(prefix: number, code: number): number {
  if (prefix !== 0 && code >= 0x200) return NO_OPCODE;
  return IDS[slot(prefix, code)] ?? NO_OPCODE;
}

export const isPrefix = (byte: number): boolean => byte >= 0xfb && byte <= 0xfe;

/** The row of that name. @throws for a name that is not in the table (a slip in our own code). */
export function opcode(name: string): Opcode {
  const row = BY_NAME.get(name);
  if (row === undefined) throw new Error(`BUG: no opcode named ${name}`);
  return row;
}
