//! The patterns, one of which is in every history that is not that of a FIFO queue.
//!
//! From the end of its put to the beginning of its get an item was certainly in; from the
//! beginning of its put to the end of its get it may have been.

use super::life::Life;
use super::{Act, Call, Flaw, Span};

/// No item that was put wholly after another was got wholly before it.
pub(super) fn nothing_is_overtaken(lives: &[Life]) -> Result<(), Flaw> {
    let mut first_put: Vec<&Life> = lives.iter().collect();
    first_put.sort_unstable_by_key(|life| life.put.end);
    // For each the one among it and those before it that was got last: the one to be overtaken.
    let got_last: Vec<&Life> = first_put
        .iter()
        .scan(None::<&Life>, |last, &life| {
            *last = last.filter(|last| last.got.begin >= life.got.begin).or(Some(life));
            *last
        })
        .collect();
    for second in lives.iter().filter(|life| life.is_got()) {
        let before = first_put.partition_point(|first| first.put.is_before(second.put));
        if let Some(first) = before.checked_sub(1).map(|at| got_last[at])
            && second.got.is_before(first.got)
        {
            return Err(Flaw::Overtaken(first.item, second.item));
        }
    }
    Ok(())
}

/// Every call that found nothing lasted over a moment at which no item was certainly in.
pub(super) fn empty_is_true(lives: &[Life], calls: &[Call]) -> Result<(), Flaw> {
    let filled = times_with_items(lives);
    for call in calls.iter().filter(|call| call.act == Act::Empty) {
        let began = filled.partition_point(|filled| filled.begin < call.span.begin);
        if let Some(filled) = began.checked_sub(1).map(|at| filled[at])
            && filled.end > call.span.end
        {
            return Err(Flaw::NotEmpty(call.span));
        }
    }
    Ok(())
}

/// From when to when at least one item was certainly in: in order, and apart from each other.
fn times_with_items(lives: &[Life]) -> Vec<Span> {
    let mut stays: Vec<Span> = lives
        .iter()
        .filter(|life| life.put.is_before(life.got))
        .map(|life| Span { begin: life.put.end, end: life.got.begin })
        .collect();
    stays.sort_unstable_by_key(|stay| stay.begin);
    let mut times: Vec<Span> = Vec::new();
    for stay in stays {
        match times.last_mut() {
            Some(last) if stay.begin < last.end => last.end = last.end.max(stay.end),
            _ => times.push(stay),
        }
    }
    times
}

/// Never were more items certainly in than there is room for.
pub(super) fn there_was_room(lives: &[Life], capacity: usize) -> Result<(), Flaw> {
    let mut put: Vec<&Life> = lives.iter().filter(|life| life.put.is_before(life.got)).collect();
    put.sort_unstable_by_key(|life| life.put.end);
    let mut got: Vec<u64> = put.iter().map(|life| life.got.begin).collect();
    got.sort_unstable();
    for (others, life) in put.into_iter().enumerate() {
        let gone = got.partition_point(|&gone| gone < life.put.end);
        if others + 1 - gone > capacity {
            return Err(Flaw::NoRoom(life.item));
        }
    }
    Ok(())
}

/// Every call that found no room lasted over a moment at which so many items may have been in.
pub(super) fn full_is_true(lives: &[Life], calls: &[Call], capacity: usize) -> Result<(), Flaw> {
    let mut came: Vec<u64> = lives.iter().map(|life| life.put.begin).collect();
    let mut gone: Vec<u64> = lives.iter().map(|life| life.got.end).collect();
    came.sort_unstable();
    gone.sort_unstable();
    let may_be_in = |moment: u64| {
        let came = came.partition_point(|&came| came <= moment);
        came - gone.partition_point(|&gone| gone < moment)
    };
    for call in calls.iter().filter(|call| call.act == Act::Full) {
        let Span { begin, end } = call.span;
        // It becomes more only when a put begins.
        let first = came.partition_point(|&came| came <= begin);
        let mut moments =
            came[first..].iter().copied().take_while(|&came| came < end).chain([begin]);
        if !moments.any(|moment| may_be_in(moment) >= capacity) {
            return Err(Flaw::NotFull(call.span));
        }
    }
    Ok(())
}
