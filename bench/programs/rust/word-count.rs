//! Counts the words of a text n times with chars, lower-casing and a BTreeMap of strings: UTF-8 decoding, allocation, compares.
use std::collections::BTreeMap;

const SYLLABLES: [&str; 12] = ["ka", "Lo", "ri", "né", "to", "ß", "Mu", "sø", "vi", "Er", "ün", "日"];

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let mut state = 7u32;
    let mut next = |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    };
    let mut text = String::new();
    for _ in 0..2000 {
        for _ in 0..1 + next(3) {
            text.push_str(SYLLABLES[next(12) as usize]);
        }
        text.push_str(if next(8) == 0 { ". " } else { " " });
    }
    let mut hash = 2166136261u32;
    for round in 0..n as u32 {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            *counts.entry(word.to_lowercase()).or_insert(round) += 1;
        }
        for (word, count) in &counts {
            hash = (hash ^ count ^ word.chars().count() as u32).wrapping_mul(16777619);
        }
    }
    hash as i32
}
