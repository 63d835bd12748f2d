//! n rounds of filling, reading and emptying standard HashMaps (with a fixed hasher): probing, growth, keys of numbers and text.
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const KEYS: u32 = 5000;

#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ byte as u64).wrapping_mul(0x100_0000_01b3);
        }
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Fnv>>;

fn round(seed: u32) -> u32 {
    let mut counts: Map<u32, u32> = Map::default();
    let mut names: Map<String, u32> = Map::default();
    for i in 0..KEYS {
        let key = (i ^ seed).wrapping_mul(2654435761) % (KEYS / 2);
        *counts.entry(key).or_insert(0) += i;
        if i % 8 == 0 {
            *names.entry(format!("key-{}", key % 300)).or_default() += 1;
        }
    }
    let mut sum = 0u32;
    for i in 0..KEYS {
        if let Some(count) = counts.get(&(i ^ 5)) {
            sum = sum.wrapping_mul(31).wrapping_add(*count);
        }
        if i % 3 == 0 {
            counts.remove(&i);
        }
    }
    // The order of iteration must not matter: a sum, not a hash.
    names.iter().fold(sum + counts.len() as u32, |total, (name, count)| total.wrapping_add(count * name.len() as u32))
}

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    (0..n as u32).fold(0u32, |sum, seed| sum.wrapping_mul(17).wrapping_add(round(seed))) as i32
}
