//! That items come out in the order their class promises. Looked at before the measurement, in none of its time.

use std::cmp::Reverse;

use crate::cell::Cell;
use crate::class::Class;
use crate::item::Item;
use crate::queue::Tried;

/// Enough for a heap of twelve levels with some equals.
const ITEMS: u64 = 4096;

/// Puts some thousand items, or as many as there is room for, and gets them all.
pub(crate) fn check<Q: Tried<T>, T: Item>(cell: &Cell) -> Result<(), String> {
    let capacity = cell.capacity.unwrap_or(usize::MAX);
    let (mut producer, mut consumer) = Q::open(capacity);
    let put: Vec<T> = (0..ITEMS.min(capacity as u64)).map(T::numbered).collect();
    for item in &put {
        if !Q::try_put(&mut producer, item.clone()) {
            return Err("a put was refused though there is room".to_owned());
        }
    }
    let got: Vec<T> = std::iter::from_fn(|| Q::try_get(&mut consumer)).take(put.len()).collect();
    let due = in_order(put, cell.class);
    let is_as = |same: fn(&T, &T) -> bool| {
        got.len() == due.len() && got.iter().zip(&due).all(|(got, due)| same(got, due))
    };
    let is_right = match (cell.class, Q::KEEPS_TIES) {
        (Class::Priority, false) => is_as(|got, due| got.priority() == due.priority()),
        _ => is_as(|got, due| got.number() == due.number()),
    };
    is_right.then_some(()).ok_or_else(|| "items came in a wrong order".to_owned())
}

/// Among equals the one put first comes first.
fn in_order<T: Item>(mut items: Vec<T>, class: Class) -> Vec<T> {
    match class {
        Class::Lifo => items.reverse(),
        Class::Priority => items.sort_by_key(|item| Reverse(item.priority())),
        _ => {}
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Ranked;
    use crate::queue::Queue;

    /// Last in, first out, whatever it is asked for.
    struct Stack;

    impl<T: Item> Queue<T> for Stack {
        type Producer = std::rc::Rc<std::cell::RefCell<Vec<T>>>;
        type Consumer = Self::Producer;

        fn open(_: usize) -> (Self::Producer, Self::Consumer) {
            let items = Self::Producer::default();
            (items.clone(), items)
        }
    }

    impl<T: Item> Tried<T> for Stack {
        fn try_put(producer: &mut Self::Producer, item: T) -> bool {
            producer.borrow_mut().push(item);
            true
        }

        fn try_get(consumer: &mut Self::Consumer) -> Option<T> {
            consumer.borrow_mut().pop()
        }
    }

    #[test]
    fn what_comes_in_the_order_of_another_class_is_found_out() {
        let in_class = |name| Cell::named(name).expect("a cell");
        assert_eq!(check::<Stack, u64>(&in_class("lifo/trypair/unb")), Ok(()));
        assert!(check::<Stack, u64>(&in_class("local/trypair/unb")).is_err());
        assert!(check::<Stack, Ranked>(&in_class("priority/trypair/unb")).is_err());
    }

    #[test]
    fn some_items_are_equal_and_most_are_not() {
        let mut priorities: Vec<u32> =
            (0..ITEMS).map(|number| Ranked::numbered(number).priority()).collect();
        priorities.sort_unstable();
        priorities.dedup();
        assert!((4000..4096).contains(&priorities.len()), "{}", priorities.len());
    }
}
