//! Handles that one thread has: no atomics, and a lock that nobody can wait for.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::{Rc, Weak};

use super::{OneThread, Parts};

impl Parts for OneThread {
    type Pointer<T> = Rc<T>;
    type Weak<T> = Weak<T>;
    type Lock<T> = RefCell<T>;
    type Guard<'a, T: 'a> = RefMut<'a, T>;
    type Number = Cell<usize>;
    type OnDrop<T> = dyn Fn(T);
    type Weigh<T> = dyn Fn(&T) -> usize;

    #[inline]
    fn share<T>(make: impl FnOnce() -> T) -> Rc<T> {
        // As for threads: the memory is there first.
        Rc::new_cyclic(|_| make())
    }

    fn downgrade<T>(pointer: &Rc<T>) -> Weak<T> {
        Rc::downgrade(pointer)
    }

    fn upgrade<T>(weak: &Weak<T>) -> Option<Rc<T>> {
        weak.upgrade()
    }

    #[inline]
    fn is_only<T>(pointer: &Rc<T>) -> bool {
        Rc::strong_count(pointer) == 1
    }

    #[inline]
    fn new_lock<T>(value: T) -> RefCell<T> {
        RefCell::new(value)
    }

    #[inline]
    fn get_mut<T>(lock: &mut RefCell<T>) -> &mut T {
        lock.get_mut()
    }

    #[inline]
    fn lock_as_owner<T>(lock: &RefCell<T>) -> Option<RefMut<'_, T>> {
        lock.try_borrow_mut().ok()
    }

    #[inline]
    fn lock<T>(lock: &RefCell<T>) -> RefMut<'_, T> {
        match lock.try_borrow_mut() {
            Ok(guard) => guard,
            Err(_) => reentered(),
        }
    }

    #[inline]
    fn new_number(value: usize) -> Cell<usize> {
        Cell::new(value)
    }

    #[inline]
    fn number(number: &Cell<usize>) -> usize {
        number.get()
    }

    #[inline]
    fn set_number(number: &Cell<usize>, value: usize) {
        number.set(value);
    }
}

/// In the words of the threads' lock.
#[cold]
fn reentered() -> ! {
    panic!("an item's Ord, or a waker, used the queue that was just calling it");
}
