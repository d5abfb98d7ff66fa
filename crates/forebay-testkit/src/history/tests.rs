//! Every pattern is found where it is, and by a search through every order nowhere else.

use std::collections::{BTreeSet, VecDeque};

use super::{Act, Call, Flaw, Span, Stamps, check_order, check_room};
use crate::chance::Chance;
use crate::rounds::rounds;
use crate::seed::seed;

fn call(act: Act, begin: u64, end: u64) -> Call {
    Call { act, span: Span { begin, end } }
}

fn put(item: u64, begin: u64, end: u64) -> Call {
    call(Act::Put(item), begin, end)
}

fn got(item: u64, begin: u64, end: u64) -> Call {
    call(Act::Got(item), begin, end)
}

#[test]
fn calls_one_after_the_other_in_order_are_accepted() {
    let calls = [call(Act::Empty, 0, 1), put(1, 2, 3), put(2, 4, 5), got(1, 6, 7), got(2, 8, 9)];
    assert_eq!(check_order(&calls), Ok(()));
    assert_eq!(check_room(&calls, 2), Ok(()));
}

#[test]
fn calls_at_the_same_time_may_have_come_in_any_order() {
    let puts = [put(1, 0, 3), put(2, 1, 2), got(2, 4, 5), got(1, 6, 7)];
    assert_eq!(check_order(&puts), Ok(()));
    let gets = [put(1, 0, 1), put(2, 2, 3), got(2, 4, 6), got(1, 5, 7)];
    assert_eq!(check_order(&gets), Ok(()));
    let empty = [put(1, 0, 2), call(Act::Empty, 1, 4), got(1, 3, 5)];
    assert_eq!(check_order(&empty), Ok(()));
}

#[test]
fn an_item_from_nowhere_is_refused() {
    assert_eq!(check_order(&[got(1, 0, 1)]), Err(Flaw::NeverPut(1)));
    assert_eq!(check_order(&[got(1, 0, 1), put(1, 2, 3)]), Err(Flaw::NeverPut(1)));
}

#[test]
fn an_item_that_comes_twice_is_refused() {
    let calls = [put(1, 0, 1), got(1, 2, 3), got(1, 4, 5)];
    assert_eq!(check_order(&calls), Err(Flaw::GotTwice(1)));
    assert_eq!(check_order(&[put(1, 0, 1), put(1, 2, 3)]), Err(Flaw::PutTwice(1)));
}

#[test]
fn an_item_that_overtakes_is_refused() {
    let calls = [put(1, 0, 1), put(2, 2, 3), got(2, 4, 5), got(1, 6, 7)];
    assert_eq!(check_order(&calls), Err(Flaw::Overtaken(1, 2)));
    let never = [put(1, 0, 1), put(2, 2, 3), put(3, 4, 5), got(3, 6, 9), got(2, 7, 8)];
    assert!(matches!(check_order(&never), Err(Flaw::Overtaken(1, 2 | 3))), "1 is lost");
}

#[test]
fn nothing_found_while_an_item_is_in_is_refused() {
    let one = [put(1, 0, 1), call(Act::Empty, 2, 3), got(1, 4, 5)];
    assert_eq!(check_order(&one), Err(Flaw::NotEmpty(Span { begin: 2, end: 3 })));
    let lost = [put(1, 0, 1), call(Act::Empty, 2, 3)];
    assert_eq!(check_order(&lost), Err(Flaw::NotEmpty(Span { begin: 2, end: 3 })));
    // No single item is in all the time, but together they are.
    let relay = [put(1, 0, 1), call(Act::Empty, 2, 9), put(2, 3, 4), got(1, 5, 6), got(2, 10, 11)];
    assert_eq!(check_order(&relay), Err(Flaw::NotEmpty(Span { begin: 2, end: 9 })));
    let gap = [put(1, 0, 1), call(Act::Empty, 2, 9), put(2, 4, 5), got(1, 3, 6), got(2, 10, 11)];
    assert_eq!(check_order(&gap), Ok(()), "between 3 and 5");
}

#[test]
fn more_than_fits_is_refused() {
    let calls = [put(1, 0, 1), put(2, 2, 3), got(1, 4, 5), got(2, 6, 7)];
    assert_eq!(check_room(&calls, 1), Err(Flaw::NoRoom(2)));
    let handed_on = [put(1, 0, 1), put(2, 2, 5), got(1, 3, 4), got(2, 6, 7)];
    assert_eq!(check_room(&handed_on, 1), Ok(()));
}

#[test]
fn no_room_found_where_there_is_some_is_refused() {
    let full = [put(1, 0, 1), call(Act::Full, 2, 3), got(1, 4, 5), call(Act::Full, 6, 7)];
    assert_eq!(check_room(&full[..3], 1), Ok(()));
    assert_eq!(check_room(&full, 1), Err(Flaw::NotFull(Span { begin: 6, end: 7 })));
    let soon = [call(Act::Full, 0, 3), put(1, 1, 5), got(1, 6, 7)];
    assert_eq!(check_room(&soon, 1), Ok(()));
}

#[test]
fn what_is_recorded_has_its_stamps_in_order() {
    let stamps = Stamps::default();
    let mut recorder = stamps.recorder();
    assert_eq!(recorder.record(|| None), None);
    recorder.record(|| Some(Act::Put(7)));
    assert_eq!(recorder.record_run(|| vec![8, 9]), 2);
    assert_eq!(recorder.finish(), [put(7, 2, 3), got(8, 4, 5), got(9, 6, 7)]);
}

/// Whether a list could have answered alike in some order: each is tried.
fn has_an_order(calls: &[Call], done: u32, list: &VecDeque<u64>, capacity: usize) -> bool {
    let left = || (0..calls.len()).filter(move |at| done & 1 << at == 0);
    let may_be_next = |at: usize| left().all(|other| !calls[other].span.is_before(calls[at].span));
    left().next().is_none()
        || left().filter(|&at| may_be_next(at)).any(|at| {
            let mut list = list.clone();
            let fits = match calls[at].act {
                Act::Put(item) => {
                    list.push_back(item);
                    list.len() <= capacity
                }
                Act::Got(item) => list.pop_front() == Some(item),
                Act::Empty => list.is_empty(),
                Act::Full => list.len() >= capacity,
            };
            fits && has_an_order(calls, done | 1 << at, &list, capacity)
        })
}

/// What a list of that capacity answered, in calls that overlap; and sometimes a mistake in it.
fn any_history(chance: &mut Chance, capacity: usize) -> Vec<Call> {
    let mut list = VecDeque::new();
    let answers = (0..2 + chance.below(6)).map(|item| match chance.below(2) {
        0 if list.len() < capacity => {
            list.push_back(item);
            Act::Put(item)
        }
        0 => Act::Full,
        _ => list.pop_front().map_or(Act::Empty, Act::Got),
    });
    let mut acts: Vec<Act> = answers.collect();
    let (one, other) = (chance.below(acts.len() as u64), chance.below(acts.len() as u64));
    let (one, other) = (one as usize, other as usize);
    match chance.below(4) {
        0 => acts.swap(one, other),
        1 if !matches!(acts[other], Act::Put(_)) => acts[one] = acts[other],
        2 if matches!(acts[one], Act::Got(_)) => acts[one] = Act::Empty,
        _ => {}
    }
    let spans = any_spans(chance, acts.len());
    acts.into_iter().zip(spans).map(|(act, span)| Call { act, span }).collect()
}

/// Spans around moments that follow each other.
fn any_spans(chance: &mut Chance, count: usize) -> Vec<Span> {
    let mut stamps: Vec<(u64, u64, usize)> = (0..count)
        .flat_map(|at| {
            let moment = 10 * (at as u64 + 3);
            let (before, after) = (1 + chance.below(25), 1 + chance.below(25));
            [(moment - before, chance.below(9), at), (moment + after, chance.below(9), at)]
        })
        .collect();
    stamps.sort_unstable();
    let mut spans = vec![None; count];
    for (stamp, (_, _, at)) in stamps.into_iter().enumerate() {
        let stamp = stamp as u64;
        let span = spans[at].get_or_insert(Span { begin: stamp, end: stamp });
        span.end = stamp;
    }
    spans.into_iter().flatten().collect()
}

const HISTORIES: u32 = if cfg!(miri) { 300 } else { 20_000 };

#[test]
fn the_patterns_and_a_search_through_every_order_agree() {
    let (mut chance, mut seen, mut accepted) = (Chance::new(seed()), BTreeSet::new(), 0);
    for _ in 0..rounds(HISTORIES, "small histories through every order") {
        let capacity = 1 + chance.below(3) as usize;
        let calls = any_history(&mut chance, capacity);
        let is_fitting = has_an_order(&calls, 0, &VecDeque::new(), capacity);
        let room = check_room(&calls, capacity);
        assert!(!is_fitting || room.is_ok(), "{room:?} {capacity} {calls:?}");

        let calls: Vec<Call> = calls.into_iter().filter(|call| call.act != Act::Full).collect();
        let order = check_order(&calls);
        let is_linear = has_an_order(&calls, 0, &VecDeque::new(), usize::MAX);
        assert_eq!(order.is_ok(), is_linear, "{order:?} {calls:?}");
        accepted += u32::from(is_linear);
        let flaws = [room.err(), order.err()].into_iter().flatten();
        seen.extend(flaws.map(|flaw| flaw.to_string().replace(|c: char| c.is_ascii_digit(), "")));
    }
    assert!(accepted > 0);
    assert!(cfg!(miri) || seen.len() == 6, "every flaw but PutTwice: {seen:?}");
}
