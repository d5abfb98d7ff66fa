//! What is to be forwarded next, and what may be dropped: decided from what was acknowledged, what is seen of the server, and
//! the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::jetstream::Sight;

/// A group that the stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forwarded {
    /// Of its first delivery: the lower, the older.
    pub(super) number: u64,
    pub(super) events: usize,
}

/// What was acknowledged between two looks.
#[derive(Debug)]
struct Batch {
    shelf: u64,
    last_at: Instant,
    groups: Vec<Forwarded>,
}

/// Where the forwarder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server has not been seen yet.
    Blind,
    Forwarding,
    /// Everything is to be forwarded again, once nothing is on its way.
    TurningBack,
}

/// What comes of a look.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// What lies on these shelves is in the stream for good.
    Drop(Vec<u64>),
    /// The server may have lost what it had acknowledged.
    TurnBack,
    /// Nothing is known.
    Wait,
}

#[derive(Debug)]
pub(super) struct Plan {
    keep: Duration,
    group_events_max: usize,
    stage: Stage,
    /// As it was seen last.
    server: Option<Sight>,
    /// A server did not answer, and it need not be the one that keeps the stream.
    is_doubtful: bool,
    /// The oldest first. The last one still grows.
    batches: VecDeque<Batch>,
    next_shelf: u64,
    /// How large the groups were that are forwarded again: cut like that, the server knows them.
    again: VecDeque<usize>,
}

impl Plan {
    /// Groups of up to so many events are forwarded.
    pub(super) fn new(keep: Duration, group_events_max: usize) -> Self {
        Plan {
            keep,
            group_events_max,
            stage: Stage::Blind,
            server: None,
            is_doubtful: false,
            batches: VecDeque::new(),
            next_shelf: 0,
            again: VecDeque::new(),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// How many events the next group has at most.
    pub(super) fn group_events(&self) -> usize {
        self.again.front().copied().unwrap_or(self.group_events_max)
    }

    /// Whether groups are to be as large as they were.
    pub(super) fn sends_again(&self) -> bool {
        !self.again.is_empty()
    }

    /// A group of that size is on its way.
    pub(super) fn sent(&mut self) {
        self.again.pop_front();
    }

    /// The stream has a group. Returns the shelf for it.
    pub(super) fn forwarded(&mut self, group: Forwarded, now: Instant) -> u64 {
        let shelf = self.next_shelf;
        match self.batches.back_mut() {
            Some(batch) if batch.shelf == shelf => {
                batch.last_at = now;
                batch.groups.push(group);
            }
            _ => self.batches.push_back(Batch { shelf, last_at: now, groups: vec![group] }),
        }
        shelf
    }

    /// The server was asked at `asked_at`, and seen like this, if it answered.
    pub(super) fn see(&mut self, asked_at: Instant, sight: Option<Sight>) -> Verdict {
        let Some(sight) = sight else {
            self.is_doubtful |= self.server.as_ref().is_some_and(|server| server.is_clustered);
            return Verdict::Wait;
        };
        let before = self.server.replace(sight);
        let was_doubtful = std::mem::take(&mut self.is_doubtful);
        match (self.stage, before) {
            (Stage::Blind, _) => self.stage = Stage::Forwarding,
            (_, before) if was_doubtful || before != self.server => {
                self.stage = Stage::TurningBack;
                return Verdict::TurnBack;
            }
            // What was acknowledged may be lost: nothing is dropped.
            (Stage::TurningBack, _) => return Verdict::Wait,
            (Stage::Forwarding, _) => {}
        }
        self.next_shelf += 1;
        let is_over = |batch: &Batch| asked_at.saturating_duration_since(batch.last_at) > self.keep;
        let count = self.batches.iter().take_while(|batch| is_over(batch)).count();
        Verdict::Drop(self.batches.drain(..count).map(|batch| batch.shelf).collect())
    }

    /// Everything comes again.
    pub(super) fn turned_back(&mut self) {
        let mut groups: Vec<Forwarded> =
            self.batches.drain(..).flat_map(|batch| batch.groups).collect();
        groups.sort_unstable_by_key(|group| group.number);
        self.again = groups.into_iter().map(|group| group.events).collect();
        self.next_shelf += 1;
        self.stage = Stage::Forwarding;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const KEEP: Duration = Duration::from_secs(180);

    fn server(server_id: &str, is_clustered: bool) -> Option<Sight> {
        Some(Sight { server_id: server_id.to_owned(), is_clustered, losses: 0 })
    }

    fn group(number: u64, events: usize) -> Forwarded {
        Forwarded { number, events }
    }

    fn at(began: Instant, seconds: u64) -> Instant {
        began + Duration::from_secs(seconds)
    }

    fn seen(server: Option<Sight>, began: Instant) -> Plan {
        let mut plan = Plan::new(KEEP, 1000);
        assert_eq!(plan.stage(), Stage::Blind, "nothing is forwarded to who knows whom");
        assert_eq!(plan.see(began, server), Verdict::Drop(Vec::new()));
        assert_eq!(plan.stage(), Stage::Forwarding);
        plan
    }

    #[test]
    fn what_was_acknowledged_is_dropped_when_a_later_look_finds_the_server_as_it_was() {
        let began = clock::now();
        let mut plan = seen(server("a", false), began);
        let first = plan.forwarded(group(0, 3), at(began, 1));
        assert_eq!(plan.see(at(began, 2), server("a", false)), Verdict::Drop(Vec::new()));
        let second = plan.forwarded(group(1, 3), at(began, 3));
        assert_ne!(first, second);
        assert_eq!(plan.see(at(began, 181), server("a", false)), Verdict::Drop(Vec::new()));
        assert_eq!(plan.see(at(began, 182), None), Verdict::Wait, "nobody knows how it is");
        assert_eq!(plan.see(at(began, 183), server("a", false)), Verdict::Drop(vec![first]));
        assert_eq!(plan.see(at(began, 999), server("a", false)), Verdict::Drop(vec![second]));
    }

    #[test]
    fn another_server_is_given_everything_again_in_groups_as_they_were() {
        let began = clock::now();
        let mut plan = seen(server("a", false), began);
        plan.forwarded(group(0, 3), began);
        plan.forwarded(group(2, 5), began);
        assert_eq!(plan.see(at(began, 1), server("a", false)), Verdict::Drop(Vec::new()));
        plan.forwarded(group(1, 7), at(began, 1));
        // It had synced none of it for sure, and all of it perhaps.
        assert_eq!(plan.see(at(began, 500), server("b", false)), Verdict::TurnBack);
        assert_eq!(plan.stage(), Stage::TurningBack);
        assert_eq!(plan.see(at(began, 501), server("b", false)), Verdict::Wait);
        plan.turned_back();
        let mut sizes = Vec::new();
        for _ in 0..4 {
            sizes.push(plan.group_events());
            plan.sent();
        }
        assert_eq!(sizes, [3, 7, 5, 1000]);
        assert_eq!(plan.see(at(began, 900), server("b", false)), Verdict::Drop(Vec::new()));
    }

    #[test]
    fn a_stream_that_lost_its_end_is_given_everything_again_by_whatever_server() {
        let began = clock::now();
        let mut plan = seen(server("a", true), began);
        plan.forwarded(group(0, 1), began);
        let lost = server("a", true).map(|sight| Sight { losses: 1, ..sight });
        assert_eq!(plan.see(at(began, 1), lost), Verdict::TurnBack);
    }

    #[test]
    fn a_server_of_a_cluster_that_did_not_answer_may_speak_for_one_that_lost_its_end() {
        let began = clock::now();
        for (is_clustered, verdict) in
            [(true, Verdict::TurnBack), (false, Verdict::Drop(Vec::new()))]
        {
            let mut plan = seen(server("a", is_clustered), began);
            plan.forwarded(group(0, 1), began);
            assert_eq!(plan.see(at(began, 1), None), Verdict::Wait);
            // One that stands alone, and is the same, has never ended.
            assert_eq!(plan.see(at(began, 2), server("a", is_clustered)), verdict);
        }
    }
}
