//! How many events wait in a stream, from the numbers that come with acknowledgements and deliveries.
//!
//! A stream numbers its messages without gaps, and hands them out in that order. Whoever knows the number
//! of the last message and of the last one that was handed out knows how many wait, without asking. Both only
//! grow, so it does not matter in which order they are heard of.
//!
//! Where a stream is parted, it hands out its messages in another order: then those that are gone are counted. How many
//! those are that others have taken out the server knows, once they are finished.
//!
//! A message has many events. Of those that this process put in or got out it knows how many; of all others it
//! takes the mean.

use async_nats::jetstream::{consumer, stream};

/// Events, and what they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Load {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

/// Messages that went one way: those we know and those that others must have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Passed {
    /// The greatest number heard of.
    last: u64,
    known: Load,
    /// Messages below `last` that nobody has told us of.
    assumed: u64,
}

/// In which order a stream hands out its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Outlet {
    /// In that in which they came.
    #[default]
    One,
    /// In another one: how many are out is what `last` says of them.
    Parted,
}

/// How far a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// The number of the last message that was handed out; how many are finished, where it is parted.
    pub(super) gone: u64,
    /// The number of the last one that came.
    pub(super) last: u64,
}

impl Extent {
    /// Of a stream that hands out everything by one consumer.
    pub(super) fn of_one(consumer: &consumer::Info) -> Self {
        let gone = consumer.delivered.stream_sequence;
        Extent { gone, last: gone + consumer.num_pending }
    }

    /// Of one that is parted.
    pub(super) fn of_many(stream: &stream::State) -> Self {
        let last = stream.last_sequence;
        Extent { gone: last.saturating_sub(stream.messages), last }
    }
}

/// A message that was handed out to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Its number in the stream.
    pub(super) number: u64,
    /// How many more wait behind the last one that was handed out to anybody.
    pub(super) pending: u64,
    /// Somebody had it before.
    pub(super) is_again: bool,
}

/// What went into a stream and what came out of it, since it was opened here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cursor {
    outlet: Outlet,
    into: Passed,
    out: Passed,
    /// All messages whose events are known.
    sample: Load,
    sample_messages: u64,
}

impl Passed {
    /// One message of which the load is known.
    fn tell(&mut self, number: u64, load: Load) {
        if number > self.last {
            self.assumed += number - self.last - 1;
            self.last = number;
        } else {
            // It was taken for somebody else's.
            self.assumed = self.assumed.saturating_sub(1);
        }
        self.known = self.known.and(load);
    }

    /// There is a message of this number.
    fn reach(&mut self, number: u64) {
        if number > self.last {
            self.assumed += number - self.last;
            self.last = number;
        }
    }

    fn load(&self, mean: impl Fn(u64) -> Load) -> Load {
        self.known.and(mean(self.assumed))
    }
}

impl Load {
    pub(super) fn and(self, other: Load) -> Load {
        Load { events: self.events + other.events, bytes: self.bytes + other.bytes }
    }

    pub(super) fn less(self, other: Load) -> Load {
        Load {
            events: self.events.saturating_sub(other.events),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl Cursor {
    /// A stream of which the messages up to `delivered` were handed out, and those up to `last` wait.
    pub(super) fn at(delivered: u64, last: u64) -> Self {
        let passed = |last| Passed { last, ..Passed::default() };
        let mut cursor =
            Cursor { into: passed(delivered), out: passed(delivered), ..Cursor::default() };
        cursor.into.reach(last);
        cursor
    }

    /// The same of one that is parted: so many messages are gone, and the last one has the number `last`.
    pub(super) fn parted(gone: u64, last: u64) -> Self {
        Cursor { outlet: Outlet::Parted, ..Cursor::at(gone, last) }
    }

    /// A message of ours has this number.
    pub(super) fn put(&mut self, number: u64, load: Load) {
        self.into.tell(number, load);
        self.learn(load);
    }

    /// A message was handed out to us.
    pub(super) fn got(&mut self, arrival: Arrival, load: Load) {
        let Arrival { number, pending, is_again } = arrival;
        match self.outlet {
            Outlet::One => {
                self.into.reach(self.out.last.max(number) + pending);
                self.out.tell(number, load);
            }
            Outlet::Parted => {
                self.into.reach(number);
                self.out.tell(self.out.last + u64::from(!is_again), load);
            }
        }
        self.learn(load);
    }

    /// The server says so.
    pub(super) fn heard(&mut self, delivered: u64, last: u64) {
        self.into.reach(last.max(delivered));
        self.out.reach(delivered);
    }

    /// The greatest number heard of.
    pub(super) fn last(&self) -> u64 {
        self.into.last
    }

    /// The stream has lost its end: it goes up to `last` now, of which `delivered` were handed out.
    pub(super) fn set_back(&mut self, delivered: u64, last: u64) {
        let lost = self.mean(self.into.last.saturating_sub(last));
        let waits = self.mean(last.saturating_sub(delivered));
        let known = self.went_in().less(lost);
        self.into = Passed { last, known, assumed: 0 };
        self.out = Passed { last: delivered, known: known.less(waits), assumed: 0 };
    }

    /// Nothing waits, whatever we have heard: somebody removed messages without handing them out.
    pub(super) fn emptied(&mut self) {
        self.out.reach(self.into.last);
    }

    /// What waits in the stream.
    pub(super) fn waits(&self) -> Load {
        if self.messages_waiting() == 0 {
            return Load::default();
        }
        self.went_in().less(self.went_out())
    }

    pub(super) fn messages_waiting(&self) -> u64 {
        self.into.last.saturating_sub(self.out.last)
    }

    /// What went in, that which waited at the beginning included.
    pub(super) fn went_in(&self) -> Load {
        self.into.load(|messages| self.mean(messages))
    }

    /// Events that went in from elsewhere, if so many messages that nobody has told us of are ours.
    pub(super) fn others(&self, messages: u64) -> u64 {
        self.mean(self.into.assumed.saturating_sub(messages)).events
    }

    /// In how many messages so many events come, if they are like those we know.
    pub(super) fn messages_of(&self, events: u64) -> u64 {
        let mean = self.sample.events.checked_div(self.sample_messages).unwrap_or(1).max(1);
        events.div_ceil(mean)
    }

    fn went_out(&self) -> Load {
        self.out.load(|messages| self.mean(messages))
    }

    fn learn(&mut self, load: Load) {
        self.sample = self.sample.and(load);
        self.sample_messages += 1;
    }

    /// So many messages, if they are like those we know; of one event each as long as we know none.
    fn mean(&self, messages: u64) -> Load {
        let known = self.sample_messages.max(1);
        let of = |sum: u64| {
            let scaled = u128::from(sum) * u128::from(messages) / u128::from(known);
            u64::try_from(scaled).unwrap_or(u64::MAX)
        };
        match self.sample_messages {
            0 => Load { events: messages, bytes: 0 },
            _ => Load { events: of(self.sample.events), bytes: of(self.sample.bytes) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(number: u64, pending: u64) -> Arrival {
        Arrival { number, pending, is_again: false }
    }

    fn load(events: u64) -> Load {
        Load { events, bytes: 100 * events }
    }

    #[test]
    fn what_one_process_puts_and_gets_is_exact_in_whatever_order_it_hears() {
        let mut cursor = Cursor::at(0, 0);
        cursor.put(2, load(5));
        cursor.put(1, load(3));
        cursor.put(3, load(4));
        assert_eq!((cursor.waits(), cursor.went_in()), (load(12), load(12)));
        cursor.got(arrival(1, 2), load(3));
        assert_eq!(cursor.waits(), load(9));
        cursor.got(arrival(2, 1), load(5));
        cursor.got(arrival(3, 0), load(4));
        assert_eq!((cursor.waits(), cursor.went_in()), (load(0), load(12)));
    }

    #[test]
    fn a_delivery_that_is_heard_of_before_the_acknowledgement_is_not_counted_twice() {
        let mut cursor = Cursor::at(0, 0);
        cursor.got(arrival(1, 0), load(3));
        cursor.put(1, load(3));
        assert_eq!((cursor.waits(), cursor.went_in()), (load(0), load(3)));
    }

    #[test]
    fn what_may_be_ours_is_not_taken_for_what_others_put() {
        let mut cursor = Cursor::at(0, 0);
        cursor.got(arrival(1, 3), load(5));
        assert_eq!((cursor.others(0), cursor.others(3), cursor.others(9)), (20, 5, 0));
        cursor.put(1, load(5));
        cursor.put(3, load(5));
        assert_eq!((cursor.others(0), cursor.others(1)), (10, 5));
    }

    #[test]
    fn what_others_put_is_taken_for_the_mean_until_it_comes() {
        let mut cursor = Cursor::at(10, 14);
        assert_eq!(cursor.waits().events, 4, "nothing is known of them but that they are there");
        cursor.got(arrival(11, 3), load(20));
        assert_eq!(cursor.waits().events, 60);
        cursor.heard(12, 15);
        assert_eq!((cursor.messages_waiting(), cursor.waits().events), (3, 60));
    }

    #[test]
    fn a_stream_that_has_lost_its_end_is_counted_anew_from_there() {
        let mut cursor = Cursor::at(0, 0);
        (1..=10).for_each(|number| cursor.put(number, load(2)));
        (1..=4).for_each(|number| cursor.got(arrival(number, 10 - number), load(2)));
        cursor.set_back(4, 7);
        assert_eq!((cursor.last(), cursor.waits(), cursor.went_in()), (7, load(6), load(14)));
        (8..=10).for_each(|number| cursor.put(number, load(2)));
        assert_eq!((cursor.waits(), cursor.went_in()), (load(12), load(20)));
        cursor.set_back(0, 0);
        cursor.put(1, load(2));
        assert_eq!((cursor.messages_waiting(), cursor.waits()), (1, load(2)));
    }

    #[test]
    fn what_others_got_does_not_wait() {
        let mut cursor = Cursor::at(0, 0);
        (1..=4).for_each(|number| cursor.put(number, load(10)));
        cursor.heard(3, 4);
        assert_eq!(cursor.waits(), load(10));
        cursor.heard(4, 4);
        assert_eq!((cursor.waits(), cursor.went_in()), (load(0), load(40)));
        // And comes here after all, because whoever had it has died.
        cursor.got(arrival(2, 0), load(10));
        assert_eq!(cursor.waits(), load(0));
    }

    #[test]
    fn in_a_stream_that_is_parted_those_that_are_gone_are_counted() {
        let mut cursor = Cursor::parted(10, 14);
        assert_eq!(cursor.messages_waiting(), 4);
        // They come in any order.
        cursor.got(arrival(13, 0), load(5));
        cursor.got(arrival(11, 3), load(5));
        assert_eq!((cursor.messages_waiting(), cursor.waits().events), (2, 10));
        cursor.put(15, load(5));
        assert_eq!(cursor.messages_waiting(), 3);
        // Others have finished two, we have finished ours, and one is left.
        cursor.heard(14, 15);
        assert_eq!(cursor.messages_waiting(), 1);
        cursor.got(Arrival { is_again: true, ..arrival(12, 0) }, load(5));
        cursor.heard(15, 15);
        assert_eq!((cursor.messages_waiting(), cursor.waits()), (0, Load::default()));
    }
}
