//! n shortest-path searches (Dijkstra with a binary heap) over a graph of 2,000 nodes: branches on loaded data, heap moves.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NODES: u32 = 2000;
const EDGES: u32 = 5;

fn search(graph: &[Vec<(u32, u32)>], from: u32) -> u32 {
    let mut distances = vec![u32::MAX; graph.len()];
    let mut open = BinaryHeap::new();
    distances[from as usize] = 0;
    open.push(Reverse((0u32, from)));
    while let Some(Reverse((distance, node))) = open.pop() {
        if distance > distances[node as usize] {
            continue;
        }
        for &(to, length) in &graph[node as usize] {
            let through = distance + length;
            if through < distances[to as usize] {
                distances[to as usize] = through;
                open.push(Reverse((through, to)));
            }
        }
    }
    distances.iter().filter(|&&d| d != u32::MAX).fold(0u32, |sum, &d| sum.wrapping_mul(31).wrapping_add(d))
}

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let mut state = 99u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let graph: Vec<Vec<(u32, u32)>> =
        (0..NODES).map(|_| (0..EDGES).map(|_| (next() % NODES, 1 + next() % 100)).collect()).collect();
    (0..n as u32).fold(0u32, |sum, round| sum.wrapping_mul(17) ^ search(&graph, round * 37 % NODES)) as i32
}
