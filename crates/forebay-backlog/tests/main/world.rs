//! Producer, backlog, consumer and sink, step by step and by chance, on a disk that fails; and an oracle
//! of its own that remembers what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Poll;

use bytes::Bytes;
use forebay_backlog::{
    Answer, Appended, Backlog, Crew, Delivery, DiskBacklog, DiskOptions, Event, Group, Limits,
    Mark, Receipt, Recovery, Snapshot,
};
use forebay_testkit::chance::Chance;
use forebay_testkit::flag::Hand;

use crate::event::event;
use crate::simulated::Disk;

/// What the world knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nobody has said yet.
    Asked,
    Acknowledged,
    /// It was said that it was not taken, and that nothing of it is on disk.
    Refused,
    /// It was said that it was not taken; it may come all the same.
    Unsure,
}

/// A backlog on a disk that is at work now.
struct Running {
    backlog: DiskBacklog,
    /// More handles of it, that come and go.
    handles: Vec<DiskBacklog>,
    crew: Crew,
    out: Vec<Delivery>,
    asked: Vec<(Vec<u64>, Hand<'static, <Receipt as Future>::Output>)>,
}

pub(crate) struct World {
    pub(crate) disk: Disk,
    options: DiskOptions,
    chance: Chance,
    running: Option<Running>,
    fates: BTreeMap<u64, Fate>,
    sent: BTreeMap<u64, Event>,
    /// In the sink, each with how often it came.
    sink: BTreeMap<u64, u64>,
    /// Finished with an ack; and since the last start.
    acked: BTreeSet<u64>,
    /// What has been out since the last start.
    seen: BTreeSet<u64>,
    next: u64,
    groups: Vec<Vec<u64>>,
}

const BODY_BYTES: [usize; 9] = [0, 1, 30, 100, 700, 4000, 4096, 4097, 9000];

pub(crate) fn options(segment_bytes_max: u64, window_bytes_max: u64) -> DiskOptions {
    let mut options = DiskOptions::from(Limits { events_max: u64::MAX, bytes_max: u64::MAX });
    (options.segment_bytes_max, options.window_bytes_max) = (segment_bytes_max, window_bytes_max);
    options
}

impl World {
    pub(crate) fn new(mut chance: Chance, options: DiskOptions) -> Self {
        World {
            disk: Disk::new(chance.fork()),
            options,
            chance,
            running: None,
            fates: BTreeMap::new(),
            sent: BTreeMap::new(),
            sink: BTreeMap::new(),
            acked: BTreeSet::new(),
            seen: BTreeSet::new(),
            next: 1,
            groups: Vec::new(),
        }
    }

    /// The same world so far, on a disk of its own; nothing runs in it.
    pub(crate) fn fork(&mut self) -> Self {
        World {
            disk: self.disk.fork(),
            options: self.options,
            chance: self.chance.fork(),
            running: None,
            fates: self.fates.clone(),
            sent: self.sent.clone(),
            sink: self.sink.clone(),
            acked: self.acked.clone(),
            seen: self.seen.clone(),
            next: self.next,
            groups: self.groups.clone(),
        }
    }

    /// Opens the backlog; whether the disk let it.
    pub(crate) fn open(&mut self) -> Option<Recovery> {
        let opened = DiskBacklog::open_on(self.disk.volume(), self.options, [7; 16]);
        let (backlog, mut crew) = opened.ok()?;
        crew.keeper.open();
        let recovery = backlog.recovery();
        let (handles, out, asked) = (Vec::new(), Vec::new(), Vec::new());
        self.running = Some(Running { backlog, handles, crew, out, asked });
        self.seen.clear();
        Some(recovery)
    }

    /// It ends without a word.
    pub(crate) fn end(&mut self) {
        if let Some(running) = self.running.take() {
            for (numbers, _) in running.asked {
                self.note(&numbers, Fate::Unsure);
            }
            drop((running.out, running.handles, running.backlog, running.crew));
        }
    }

    /// It ends as it should.
    pub(crate) fn close(&mut self) {
        if let Some(running) = &mut self.running {
            running.crew.writer.finish();
        }
        self.settle();
        self.end();
    }

    fn note(&mut self, numbers: &[u64], fate: Fate) {
        for number in numbers {
            self.fates.insert(*number, fate);
        }
    }

    pub(crate) fn backlog(&self) -> &DiskBacklog {
        &self.running.as_ref().expect("it runs").backlog
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.backlog().snapshot()
    }

    pub(crate) fn recovery(&self) -> Recovery {
        self.backlog().recovery()
    }

    /// Asks for a group of events to be taken in.
    pub(crate) fn append(&mut self, count: u64) {
        let at = self.chance.below(BODY_BYTES.len() as u64) as usize;
        self.append_of(count, BODY_BYTES[at]);
    }

    /// The same with small ones.
    pub(crate) fn append_small(&mut self, count: u64) {
        self.append_of(count, 20);
    }

    /// The same with bodies of so many bytes.
    pub(crate) fn append_of(&mut self, count: u64, bytes: usize) {
        let numbers: Vec<u64> = (self.next..self.next + count).collect();
        self.next += count;
        let events: Vec<Event> = numbers.iter().map(|number| self.made(*number, bytes)).collect();
        let mark = self.chance.is_one_in(3).then(|| mark(numbers[0], count));
        self.groups.push(numbers.clone());
        let at = self.chance.below(8) as usize;
        let Some(running) = &mut self.running else { return };
        let handle = running.handles.get(at).unwrap_or(&running.backlog);
        let receipt = handle.append(Group { events, mark });
        running.asked.push((numbers.clone(), Hand::new(receipt)));
        self.note(&numbers, Fate::Asked);
    }

    fn made(&mut self, number: u64, bytes: usize) -> Event {
        let key = self.chance.is_one_in(4).then(|| key(number));
        let body = Bytes::from(vec![b'0' + (number % 10) as u8; bytes]);
        let event = Event { body, key, ..event(number) };
        self.sent.insert(number, event.clone());
        event
    }

    /// Hears what was answered.
    pub(crate) fn settle(&mut self) {
        let Some(running) = &mut self.running else { return };
        let mut told = Vec::new();
        running.asked.retain_mut(|(numbers, receipt)| match receipt.poll() {
            Poll::Pending => true,
            Poll::Ready(answer) => {
                told.push((std::mem::take(numbers), answer));
                false
            }
        });
        for (numbers, answer) in told {
            use forebay_backlog::AppendError;
            let fate = match answer {
                Ok(whole) if whole == Appended::WHOLE => Fate::Acknowledged,
                Err(AppendError::NoSpace) => Fate::Refused,
                Err(_) => Fate::Unsure,
                other => panic!("{numbers:?} are answered {other:?}"),
            };
            self.note(&numbers, fate);
        }
    }

    pub(crate) fn write(&mut self) -> bool {
        let wrote = self.running.as_mut().is_some_and(|running| running.crew.writer.step());
        self.settle();
        wrote
    }

    pub(crate) fn tell(&mut self) -> bool {
        let told = self.running.as_mut().is_some_and(|running| running.crew.herald.step());
        self.settle();
        told
    }

    pub(crate) fn read(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.crew.reader.step())
    }

    pub(crate) fn keep(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.crew.keeper.step())
    }

    /// Takes a delivery, if there is something.
    pub(crate) fn take(&mut self, max: usize) -> bool {
        let at = self.chance.below(8) as usize;
        let Some(running) = &mut self.running else { return false };
        let handle = running.handles.get(at).unwrap_or(&running.backlog);
        let Poll::Ready(Some(delivery)) = Hand::new(Backlog::take(handle, max)).poll() else {
            return false;
        };
        for event in delivery.events() {
            let number = event.id.as_u64_pair().1;
            assert_eq!(self.sent.get(&number), Some(event), "changed or made up");
            let fate = self.fates[&number];
            assert_ne!(fate, Fate::Refused, "{number} was refused and comes all the same");
            let last = self.seen.last().copied();
            if self.seen.insert(number) {
                assert!(last < Some(number), "{number} comes after {last:?}");
            }
            assert!(delivery.is_again() || !self.acked.contains(&number), "{number} comes anew");
        }
        running.out.push(delivery);
        true
    }

    /// Brings one of the deliveries into the sink, and says so; or gives it back.
    pub(crate) fn finish(&mut self) {
        let Some(running) = &mut self.running else { return };
        if running.out.is_empty() {
            return;
        }
        let pick = self.chance.below(running.out.len() as u64) as usize;
        let delivery = running.out.swap_remove(pick);
        if self.chance.is_one_in(5) {
            return;
        }
        for event in delivery.events() {
            let number = event.id.as_u64_pair().1;
            *self.sink.entry(number).or_default() += 1;
            self.acked.insert(number);
        }
        delivery.ack(0);
    }

    /// Brings everything that is out into the sink.
    pub(crate) fn finish_all(&mut self) {
        while self.running.as_ref().is_some_and(|running| !running.out.is_empty()) {
            self.finish();
        }
    }

    /// Takes the next delivery and brings it into the sink.
    pub(crate) fn take_and_ack(&mut self, max: usize) {
        let before = self.running.as_ref().map_or(0, |running| running.out.len());
        while self.take(max) {}
        let Some(running) = &mut self.running else { return };
        for delivery in running.out.drain(before..) {
            for event in delivery.events() {
                let number = event.id.as_u64_pair().1;
                *self.sink.entry(number).or_default() += 1;
                self.acked.insert(number);
            }
            delivery.ack(0);
        }
    }

    /// How many events were refused for want of room.
    pub(crate) fn refused(&self) -> usize {
        self.fates.values().filter(|fate| **fate == Fate::Refused).count()
    }

    /// Whether each group came as a whole or not at all.
    pub(crate) fn has_all_or_none(&self) -> bool {
        self.groups.iter().all(|group| {
            let came = group.iter().filter(|number| self.sink.contains_key(number)).count();
            came == 0 || came == group.len()
        })
    }

    /// A handle comes, or one goes.
    pub(crate) fn change_handles(&mut self) {
        let pick = self.chance.below(8) as usize;
        let Some(running) = &mut self.running else { return };
        match pick < running.handles.len() {
            true => drop(running.handles.swap_remove(pick)),
            false => running.handles.push(running.backlog.clone()),
        }
    }

    /// A step of somebody.
    pub(crate) fn step(&mut self) {
        match self.chance.below(16) {
            0..4 => {
                let count = 1 + self.chance.below(4);
                self.append(count);
            }
            4..7 => drop(self.write()),
            7 => drop(self.tell()),
            8 => drop(self.read()),
            9 | 10 => drop(self.keep()),
            11..13 => {
                let max = 1 + self.chance.below(9) as usize;
                self.take(max);
            }
            _ => self.finish(),
        }
        self.check_books();
    }

    fn check_books(&self) {
        let Some(running) = &self.running else { return };
        let now = running.backlog.snapshot();
        let placed = now.delivered + now.waiting + now.in_flight + now.dropped + now.dead;
        assert_eq!(now.accepted, placed, "{now:?}");
        let out: usize = running.out.iter().map(|delivery| delivery.events().len()).sum();
        assert_eq!(now.in_flight, out as u64);
    }

    /// Everybody works until there is nothing to do.
    pub(crate) fn quiesce(&mut self) {
        for _ in 0..100_000 {
            if !(self.write() | self.tell() | self.read() | self.keep()) {
                return;
            }
        }
        panic!("somebody never comes to an end");
    }

    /// Delivers all there is, however often something is given back.
    pub(crate) fn drain(&mut self) {
        for _ in 0..10_000 {
            self.quiesce();
            let took = self.take(100);
            let is_left = self.running.as_ref().is_some_and(|running| !running.out.is_empty());
            if !took && !is_left {
                let now = self.backlog().snapshot();
                assert_eq!((now.waiting, now.bytes), (0, 0), "stuck: {now:?}");
                return;
            }
            self.finish();
        }
        panic!("it is never drained");
    }

    /// Those that were acknowledged and never came.
    pub(crate) fn missing(&self) -> Vec<u64> {
        let acknowledged = self.fates.iter().filter(|(_, fate)| **fate == Fate::Acknowledged);
        acknowledged.map(|(number, _)| *number).filter(|its| !self.sink.contains_key(its)).collect()
    }

    /// Those that came more than once.
    pub(crate) fn repeated(&self) -> usize {
        self.sink.values().filter(|count| **count > 1).count()
    }

    /// Which of the groups sent are known again: all that were acknowledged.
    pub(crate) fn check_marks(&mut self) {
        let acknowledged = self.fates.iter().filter(|(_, fate)| **fate == Fate::Acknowledged);
        let keyed: Vec<Event> = acknowledged
            .filter_map(|(number, _)| self.sent.get(number).filter(|event| event.key.is_some()))
            .cloned()
            .collect();
        for event in keyed {
            let number = event.id;
            let mut receipt = Hand::new(self.backlog().append(vec![event].into()));
            self.quiesce();
            let answer = receipt.poll();
            assert_eq!(answer, Poll::Ready(Ok(Appended::Taken { repeats: vec![0] })), "{number}");
        }
    }

    pub(crate) fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }
}

pub(crate) fn key(number: u64) -> [u8; 16] {
    let mut key = [1; 16];
    key[..8].copy_from_slice(&number.to_le_bytes());
    key
}

fn mark(number: u64, count: u64) -> Mark {
    let answer =
        Answer { accepted: count, first: event(number).id, last: event(number + count - 1).id };
    Mark { key: key(number), fingerprint: [3; 16], answer }
}
