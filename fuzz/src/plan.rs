//! A plan: which queue, and what to do with it. Every string of bytes is one.
//!
//! A byte or two make one move, so that a byte changed, left out or doubled changes one move, and
//! what follows stays what it was.

use arbitrary::{Arbitrary, Result, Unstructured};
use forebay::WhenFull;
use forebay_testkit::subject::{Discipline, Kind};
use forebay_testkit::walk::{Start, Step};

/// Longer plans find nothing that shorter ones do not.
const MOVES_MAX: usize = 400;

/// A queue, and what to do with it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where its handles may go.
    pub place: Place,
    /// Which queue.
    pub kind: Kind,
    /// What fits by weight; an item weighs its rank.
    pub weight_max: Option<usize>,
    /// What to do, in this order.
    pub moves: Vec<Move>,
}

/// Where the handles of a queue may go; it is another queue for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To any thread.
    AnyThread,
    /// Nowhere.
    OneThread,
}

/// What can be done. Numbers pick a handle, counting round.
#[derive(Debug, Clone)]
pub enum Move {
    /// A call, a poll or a cancellation.
    Step(Step),
    /// One more producer.
    CloneProducer(usize),
    /// One more consumer.
    CloneConsumer(usize),
    /// A producer less. The last handle of all stays.
    DropProducer(usize),
    /// A consumer less. The last handle of all stays.
    DropConsumer(usize),
    /// A producer of those who keep nothing open, if one is alive.
    ReviveProducer,
    /// A consumer of those who keep nothing open, if one is alive.
    ReviveConsumer,
    /// Both at once.
    Revive,
    /// Another capacity.
    SetCapacity(usize),
    /// So many times an item is put and got again before the one that was woken for it looks: a
    /// consumer that this happens to often is owed something, and chance alone does not get there.
    Rob(u8),
}

impl<'a> Arbitrary<'a> for Plan {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (order, size, heft) = (byte(u)?, byte(u)?, byte(u)?);
        let place = if order / 15 % 2 == 0 { Place::AnyThread } else { Place::OneThread };
        let weight_max = (heft >= 160).then(|| 1 + usize::from(heft % 8));
        let mut moves = Vec::new();
        while !u.is_empty() && moves.len() < MOVES_MAX {
            moves.push(Move::arbitrary(u)?);
        }
        Ok(Plan { place, kind: kind(order, size), weight_max, moves })
    }
}

fn kind(order: u8, size: u8) -> Kind {
    let discipline = match order % 3 {
        0 => Discipline::Fifo,
        1 => Discipline::Lifo,
        _ => Discipline::Priority,
    };
    // Mostly so small that it is full often, sometimes larger than what is kept together.
    let capacity = Some(usize::from(if size < 192 { 1 + size % 6 } else { size - 160 }));
    let (capacity, when_full) = match order / 3 % 5 {
        0 => (None, WhenFull::Wait),
        1 => (capacity, WhenFull::Wait),
        2 => (capacity, WhenFull::Reject),
        3 => (capacity, WhenFull::DropNewest),
        _ => (capacity, WhenFull::DropOldest),
    };
    Kind { discipline, capacity, when_full }
}

impl<'a> Arbitrary<'a> for Move {
    /// What is done often in use has many numbers.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let step = match byte(u)? % 64 {
            0..8 => Step::TryPut(byte(u)? % 4),
            8..10 => Step::TryPutMany(count(byte(u)?)),
            10..18 => Step::TryGet,
            18..20 => Step::TryGetMany(count(byte(u)?).into()),
            20..26 => Step::Start(Start::Put(byte(u)? % 4)),
            26 => Step::Start(Start::PutMany(count(byte(u)?))),
            27..32 => Step::Start(Start::Get),
            32 => Step::Start(Start::GetMany(count(byte(u)?).into())),
            33 => Step::Start(Start::Join),
            34..36 => Step::Poll(pick(u)?),
            36..44 => Step::PollWoken(pick(u)?),
            44 => Step::PollElsewhere(pick(u)?),
            45..48 => Step::Drop(pick(u)?),
            48 => Step::TakeBack(pick(u)?),
            49..52 => Step::TaskDone,
            52 => return Ok(Move::CloneProducer(pick(u)?)),
            53 => return Ok(Move::CloneConsumer(pick(u)?)),
            54..56 => return Ok(Move::DropProducer(pick(u)?)),
            56..58 => return Ok(Move::DropConsumer(pick(u)?)),
            58 => return Ok(Move::ReviveProducer),
            59 => return Ok(Move::ReviveConsumer),
            60 => return Ok(Move::Revive),
            61 => return Ok(Move::Rob(1 + byte(u)? % 20)),
            62 => return Ok(Move::SetCapacity(1 + usize::from(byte(u)? % 8))),
            // Little happens behind it, so it takes two numbers to get there.
            _ => match byte(u)? {
                0..16 => Step::Close,
                16..32 => Step::CloseNow,
                _ => Step::PollWoken(0),
            },
        };
        Ok(Move::Step(step))
    }
}

fn byte(u: &mut Unstructured<'_>) -> Result<u8> {
    u8::arbitrary(u)
}

fn pick(u: &mut Unstructured<'_>) -> Result<usize> {
    Ok(byte(u)?.into())
}

/// Mostly a few, sometimes more than are kept together.
fn count(number: u8) -> u8 {
    if number < 192 { number % 6 } else { number - 160 }
}
