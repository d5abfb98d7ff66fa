//! What a worker has in hand.

/// What is known of an item besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ticket {
    /// How often it was tried.
    pub(super) attempts: u32,
    pub(super) key: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Job<T> {
    pub(super) item: T,
    pub(super) ticket: Ticket,
}

/// Items one worker took at once.
#[derive(Debug)]
pub(super) struct Run<T> {
    pub(super) items: Vec<T>,
    /// As many as items; or none, when nothing is known of any.
    pub(super) tickets: Vec<Ticket>,
}

impl<T> Run<T> {
    pub(super) fn new() -> Self {
        Run { items: Vec::new(), tickets: Vec::new() }
    }

    pub(super) fn push(&mut self, job: Job<T>) {
        self.items.push(job.item);
        self.tickets.push(job.ticket);
    }

    /// Takes the jobs out of it.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Job<T>> + '_ {
        let tickets = self.tickets.drain(..).chain(std::iter::repeat(Ticket::default()));
        self.items.drain(..).zip(tickets).map(|(item, ticket)| Job { item, ticket })
    }
}
