//! Dispatch through trait objects of six types, n rounds over 1,000 of them: every call is an indirect call.

trait Shape {
    fn area(&self) -> u32;
    fn grow(&mut self, by: u32);
}

struct Square(u32);
struct Rectangle(u32, u32);
struct Triangle(u32, u32);
struct Circle(u32);
struct Group(Vec<Box<dyn Shape>>);
struct Point;

impl Shape for Square {
    fn area(&self) -> u32 {
        self.0.wrapping_mul(self.0)
    }
    fn grow(&mut self, by: u32) {
        self.0 = self.0.wrapping_add(by) & 0xfff;
    }
}
impl Shape for Rectangle {
    fn area(&self) -> u32 {
        self.0.wrapping_mul(self.1)
    }
    fn grow(&mut self, by: u32) {
        self.0 = self.0.wrapping_add(by) & 0xfff;
        self.1 ^= by;
    }
}
impl Shape for Triangle {
    fn area(&self) -> u32 {
        self.0.wrapping_mul(self.1) / 2
    }
    fn grow(&mut self, by: u32) {
        std::mem::swap(&mut self.0, &mut self.1);
        self.1 = self.1.wrapping_add(by) & 0xfff;
    }
}
impl Shape for Circle {
    fn area(&self) -> u32 {
        self.0.wrapping_mul(self.0).wrapping_mul(355) / 113
    }
    fn grow(&mut self, by: u32) {
        self.0 = (self.0 * 2 + by) & 0xff;
    }
}
impl Shape for Group {
    fn area(&self) -> u32 {
        self.0.iter().fold(0u32, |sum, shape| sum.wrapping_add(shape.area()))
    }
    fn grow(&mut self, by: u32) {
        for shape in &mut self.0 {
            shape.grow(by);
        }
    }
}
impl Shape for Point {
    fn area(&self) -> u32 {
        0
    }
    fn grow(&mut self, _by: u32) {}
}

fn make(i: u32) -> Box<dyn Shape> {
    match i % 6 {
        0 => Box::new(Square(i)),
        1 => Box::new(Rectangle(i, i + 3)),
        2 => Box::new(Triangle(i * 2, i + 1)),
        3 => Box::new(Circle(i & 0xff)),
        4 => Box::new(Group((0..3).map(|k| make(i * 6 + k)).collect())),
        _ => Box::new(Point),
    }
}

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let mut shapes: Vec<Box<dyn Shape>> = (0..1000).map(make).collect();
    let mut sum = 0u32;
    for round in 0..n as u32 {
        for shape in &mut shapes {
            shape.grow(round);
            sum = sum.rotate_left(1) ^ shape.area();
        }
    }
    sum as i32
}
