//! Circles in who names whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

type Edges<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The circles, each as the files of its shortest way round in their order; each file stands in one of them at most, so
/// that a knot is told once, and again with what is left of it when that is cut.
pub fn circles<'a>(edges: &Edges<'a>) -> Vec<Vec<&'a str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut seen = BTreeSet::new();
    for start in edges.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(circle) = way_back(edges, start) {
            seen.extend(circle.iter().copied());
            found.push(circle);
        }
    }
    found
}

/// The shortest way from `start` back to it.
fn way_back<'a>(edges: &Edges<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        for other in edges.get(file)? {
            if *other == start {
                let mut way = vec![file];
                while let Some(previous) = before.get(way[way.len() - 1]) {
                    way.push(previous);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(other) {
                before.insert(other, file);
                next.push_back(other);
            }
        }
    }
    None
}
