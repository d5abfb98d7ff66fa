//! One line of people who wait.

/// After being woken in vain this often, one bars newcomers: part of the promise.
const PASSED_OVER_MAX: u32 = 16;

#[derive(Debug)]
struct Person {
    id: usize,
    is_awake: bool,
    passed_over: u32,
}

/// People in the order they came. A person keeps the place until served or gone.
#[derive(Debug, Default)]
pub(super) struct Line {
    people: Vec<Person>,
    /// Who looked just now after being woken, and may have to lie down again.
    looked: Option<usize>,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.people.len()
    }

    fn person(&mut self, id: usize) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.id == id)
    }

    pub(super) fn holds(&self, id: usize) -> bool {
        self.people.iter().any(|person| person.id == id)
    }

    pub(super) fn is_awake(&mut self, id: usize) -> bool {
        self.person(id).is_some_and(|person| person.is_awake)
    }

    /// Whether a starving person comes before a caller who holds no place.
    pub(super) fn comes_before(&self, caller: Option<usize>) -> bool {
        caller.is_none() && self.people.iter().any(|p| p.passed_over >= PASSED_OVER_MAX)
    }

    /// Notes that one is about to look.
    pub(super) fn looks(&mut self, id: usize) {
        self.looked = self.is_awake(id).then_some(id);
    }

    /// It found nothing.
    pub(super) fn sleeps(&mut self, id: usize) {
        let was_awake = self.looked == Some(id);
        match self.person(id) {
            Some(person) => {
                person.is_awake = false;
                person.passed_over += u32::from(was_awake);
            }
            None => self.people.push(Person { id, is_awake: false, passed_over: 0 }),
        }
    }

    /// It was served, or went away.
    pub(super) fn leaves(&mut self, id: usize) {
        self.people.retain(|person| person.id != id);
    }

    /// Wakes from the front until `wanted` are awake.
    pub(super) fn wake(&mut self, wanted: usize) {
        let awake = self.people.iter().filter(|person| person.is_awake).count();
        let asleep = self.people.iter_mut().filter(|person| !person.is_awake);
        asleep.take(wanted.saturating_sub(awake)).for_each(|person| person.is_awake = true);
    }
}
