//! kho
fn main(){}
