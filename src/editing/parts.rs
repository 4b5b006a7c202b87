//! Two people's changes of one list, put together: each change is a stretch of the list as it was, and what stands there now.

use serde_json::Value;

/// A stretch of the old list, and what somebody put in its place.
#[derive(Clone, Debug, PartialEq)]
struct Change<'a> {
    from: usize,
    to: usize,
    now: &'a [Value],
}

/// More comparisons than this are not made: then everything between the first and the last difference is one change.
const MOST_COMPARED: usize = 4_000_000;

/// Returns the list with the changes of both, and whether both changed the same stretch, each to something else: there, mine
/// stands. `None` if the changes do not fit the list.
pub(super) fn merge(before: &[Value], mine: &[Value], theirs: &[Value]) -> Option<(Vec<Value>, bool)> {
    let (mine, theirs) = (changes(before, mine), changes(before, theirs));
    let (mut all, mut is_told): (Vec<&Change<'_>>, bool) = (mine.iter().collect(), false);
    for change in &theirs {
        match mine.iter().find(|own| quarrel(own, change)) {
            // Both did the same.
            Some(own) if own == change => {}
            Some(_) => is_told = true,
            None => all.push(change),
        }
    }
    all.sort_by_key(|change| (change.from, change.to));
    let (mut merged, mut at) = (Vec::new(), 0);
    for change in all {
        merged.extend_from_slice(before.get(at..change.from)?);
        merged.extend_from_slice(change.now);
        at = change.to;
    }
    merged.extend_from_slice(before.get(at..)?);
    Some((merged, is_told))
}

/// Whether two changes are of the same stretch. Two that put something into the same place are.
fn quarrel(one: &Change<'_>, other: &Change<'_>) -> bool {
    let is_same_place = (one.from, one.to) == (other.from, other.to);
    is_same_place || (one.from < other.to && other.from < one.to)
}

/// Returns the stretches in which a list differs from what it was, in order.
fn changes<'a>(before: &[Value], after: &'a [Value]) -> Vec<Change<'a>> {
    let head = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
    let (old, new) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().saturating_mul(new.len()) > MOST_COMPARED {
        return vec![Change { from: head, to: head + old.len(), now: new }];
    }
    let (mut changes, mut from, mut at) = (Vec::new(), 0, 0);
    for (old_place, new_place) in common(old, new).into_iter().chain([(old.len(), new.len())]) {
        if old_place > from || new_place > at {
            changes.extend(between(old_place - from, head + from, &new[at..new_place]));
        }
        (from, at) = (old_place + 1, new_place + 1);
    }
    changes
}

/// A stretch in which as many stand as before is as many changes: two people may have corrected neighbours.
fn between(count: usize, from: usize, now: &[Value]) -> Vec<Change<'_>> {
    if count != now.len() {
        return vec![Change { from, to: from + count, now }];
    }
    now.chunks(1).enumerate().map(|(place, now)| Change { from: from + place, to: from + place + 1, now }).collect()
}

/// Returns the places of a longest common part of two lists.
fn common(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    // How long the longest common part of what follows is.
    let mut lengths = vec![0u32; (old.len() + 1) * width];
    for one in (0..old.len()).rev() {
        for other in (0..new.len()).rev() {
            let at = one * width + other;
            lengths[at] = if old[one] == new[other] { lengths[at + width + 1] + 1 } else { lengths[at + width].max(lengths[at + 1]) };
        }
    }
    let (mut places, mut one, mut other) = (Vec::new(), 0, 0);
    while one < old.len() && other < new.len() {
        let at = one * width + other;
        if old[one] == new[other] {
            places.push((one, other));
            (one, other) = (one + 1, other + 1);
        } else if lengths[at + width] >= lengths[at + 1] {
            one += 1;
        } else {
            other += 1;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn list(text: &str) -> Vec<Value> {
        text.chars().map(|letter| json!(letter.to_string())).collect()
    }

    fn merged(before: &str, mine: &str, theirs: &str) -> (String, bool) {
        let (merged, is_told) = merge(&list(before), &list(mine), &list(theirs)).unwrap();
        (merged.iter().filter_map(Value::as_str).collect(), is_told)
    }

    #[test]
    fn changes_of_different_places_are_put_together() {
        for (before, mine, theirs, expected) in [
            ("abcdef", "aBcdef", "abcdEf", "aBcdEf"),
            ("abcdef", "aBcdef", "abCdef", "aBCdef"),
            // One splits a segment, the other corrects a later one and takes one away.
            ("abcdef", "aBBcdef", "abcdE", "aBBcdE"),
            ("abc", "abc", "xyz", "xyz"),
            ("abc", "aXbc", "abcY", "aXbcY"),
            ("abcd", "AbcD", "abXcd", "AbXcD"),
            ("", "ab", "", "ab"),
            ("abc", "aBc", "aBc", "aBc"),
        ] {
            assert_eq!(merged(before, mine, theirs), (expected.to_owned(), false), "{before} {mine} {theirs}");
        }
    }

    #[test]
    fn changes_of_one_place_are_told_and_take_nothing_else_back() {
        for (before, mine, theirs, expected) in [
            ("abc", "aXc", "aYc", "aXc"),
            ("abc", "ac", "aYc", "ac"),
            ("", "a", "b", "a"),
            ("abc", "aXbc", "aYbc", "aXbc"),
            ("abcd", "aXd", "abYd", "aXd"),
            // What the other wrote elsewhere stays.
            ("abcde", "aXcde", "aYcdE", "aXcdE"),
        ] {
            assert_eq!(merged(before, mine, theirs), (expected.to_owned(), true), "{before} {mine} {theirs}");
        }
    }

    proptest! {
        /// Who changed nothing loses nothing of the other, and the order of the two makes no difference.
        #[test]
        fn nobody_is_lost(before in "[abc]{0,8}", mine in "[abcXY]{0,8}", theirs in "[abcZ]{0,8}") {
            prop_assert_eq!(merged(&before, &mine, &before), (mine.clone(), false));
            prop_assert_eq!(merged(&before, &before, &theirs), (theirs.clone(), false));
            let (one, other) = (merged(&before, &mine, &theirs), merged(&before, &theirs, &mine));
            prop_assert_eq!(one.1, other.1);
            prop_assert!(one.1 || one == other);
        }
    }
}
