//! The number of ways to place n queens on an n x n board, on plain boards of booleans: recursion with bounds checks.

struct Board {
    columns: Vec<bool>,
    rising: Vec<bool>,
    falling: Vec<bool>,
}

fn place(board: &mut Board, row: usize, size: usize) -> u32 {
    if row == size {
        return 1;
    }
    let mut ways = 0;
    for column in 0..size {
        let (up, down) = (row + column, row + size - column);
        if board.columns[column] || board.rising[up] || board.falling[down] {
            continue;
        }
        board.columns[column] = true;
        board.rising[up] = true;
        board.falling[down] = true;
        ways += place(board, row + 1, size);
        board.columns[column] = false;
        board.rising[up] = false;
        board.falling[down] = false;
    }
    ways
}

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let size = n as usize;
    let mut board =
        Board { columns: vec![false; size], rising: vec![false; 2 * size], falling: vec![false; 2 * size + 1] };
    place(&mut board, 0, size) as i32
}
