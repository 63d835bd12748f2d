//! n stable sorts of 2,000 records by two keys, one of them text: closures, comparisons of slices, moves.

struct Record {
    name: String,
    rank: u32,
}

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let mut hash = 2166136261u32;
    for round in 0..n as u32 {
        let mut state = round.wrapping_mul(2654435761) + 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        let mut records: Vec<Record> = (0..2000)
            .map(|_| {
                let letters = 3 + next() % 5;
                let name = (0..letters).map(|_| (b'a' + (next() % 4) as u8) as char).collect();
                Record { name, rank: next() % 100 }
            })
            .collect();
        records.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| b.rank.cmp(&a.rank)));
        records.sort_by_key(|record| record.rank / 10);
        for record in records.iter().step_by(50) {
            hash = (hash ^ record.rank ^ record.name.len() as u32).wrapping_mul(16777619);
        }
    }
    hash as i32
}
