use compare_engine::litmus::{Dialect, Time, outcomes, parse};
use std::time::Instant;
fn main() {
    let pool = "program pool
channel j unbounded
observe A B C
P | A | B | C
j ! 1 | each j ? | each j ? | each j ?
j ! 2 | end | end | end
j ! 3
j ! 4
j ! 5
j ! 6
j ! 7
j ! 8
drop j !";
    let p = parse(pool).unwrap();
    let t = Instant::now();
    let o = outcomes(&p, &Dialect::default(), Time::Exact, 10_000_000).unwrap();
    let e = t.elapsed();
    println!("{} {} {:?} {} M/s", o.outcomes.len(), o.states, e, o.states as f64 / e.as_secs_f64() / 1e6);
    let mut ps = vec![];
    for f in std::fs::read_dir("compare/litmus").unwrap() {
        let f = f.unwrap().path();
        if f.extension().is_some_and(|x| x == "txt") {
            ps.push(parse(&std::fs::read_to_string(f).unwrap()).unwrap());
        }
    }
    let t = Instant::now();
    let mut n = 0; let mut states = 0;
    while t.elapsed().as_secs_f64() < 2.0 {
        for p in &ps { states += outcomes(p, &Dialect::default(), Time::Exact, 1_000_000).unwrap().states; n += 1; }
    }
    println!("{} programs/s, {} states each, {} M states/s", n as f64 / t.elapsed().as_secs_f64(), states / n, states as f64/t.elapsed().as_secs_f64()/1e6);
}
