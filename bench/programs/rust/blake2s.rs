//! BLAKE2s of 64 KiB, n times chained: 32-bit additions and rotations over arrays with bounds checks.

const IV: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

fn quarter(v: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize, x: u32, y: u32) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(12);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(8);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(7);
}

fn compress(h: &mut [u32; 8], block: &[u8], counter: u64, last: bool) {
    let mut m = [0u32; 16];
    for (word, bytes) in m.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    let mut v = [0u32; 16];
    v[..8].copy_from_slice(h);
    v[8..].copy_from_slice(&IV);
    v[12] ^= counter as u32;
    v[13] ^= (counter >> 32) as u32;
    if last {
        v[14] = !v[14];
    }
    for s in &SIGMA {
        quarter(&mut v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        quarter(&mut v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        quarter(&mut v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        quarter(&mut v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        quarter(&mut v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        quarter(&mut v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        quarter(&mut v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        quarter(&mut v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for i in 0..8 {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

fn digest(data: &[u8]) -> [u32; 8] {
    let mut h = IV;
    h[0] ^= 0x0101_0020;
    let mut counter = 0u64;
    let mut rest = data;
    while rest.len() > 64 {
        counter += 64;
        compress(&mut h, &rest[..64], counter, false);
        rest = &rest[64..];
    }
    let mut block = [0u8; 64];
    block[..rest.len()].copy_from_slice(rest);
    compress(&mut h, &block, counter + rest.len() as u64, true);
    h
}

/// n = 0: the first word of the digest of "abc".
#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    if n == 0 {
        return digest(b"abc")[0].swap_bytes() as i32;
    }
    let mut data: Vec<u8> = (0..65536u32).map(|i| (i.wrapping_mul(2654435761) >> 24) as u8).collect();
    let mut h = IV;
    for round in 0..n as usize {
        h = digest(&data);
        let at = round % 1000 * 64;
        for (i, word) in h.iter().enumerate() {
            data[at + 4 * i..at + 4 * i + 4].copy_from_slice(&word.to_le_bytes());
        }
    }
    h[0] as i32
}
