//! What every handle can ask and do, whichever side it is on: written once, for the three of
//! them. Each answer is of the moment; with others at work it may be old when it arrives.

/// Gives a handle the calls that belong to neither side. `$shared` names its shared state.
macro_rules! observe {
    ($handle:ident, $($shared:tt)+) => {
        impl<T, S: $crate::sharing::Sharing> $handle<T, S> {
            /// How many items are waiting.
            pub fn len(&self) -> usize {
                self.$($shared)+.len()
            }

            /// Whether no item is waiting.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether a put would find no room. Never true of an unbounded queue.
            pub fn is_full(&self) -> bool {
                self.$($shared)+.look(|state| state.is_full())
            }

            /// How many items fit; `None` when unbounded.
            pub fn capacity(&self) -> Option<usize> {
                self.$($shared)+.look(|state| Some(state.capacity).filter(|&n| n != usize::MAX))
            }

            /// Limits the queue to `capacity` items from now on, 1 to
            /// [`CAPACITY_MAX`]($crate::CAPACITY_MAX), whatever it was limited to before.
            ///
            /// With more room, producers that wait are let in at once. With less, nothing is
            /// dropped: puts find the queue full until it has drained far enough. What happens
            /// to a put then stays as it was built.
            ///
            /// # Errors
            /// As for [`Builder::build`]($crate::Builder::build); nothing changes then.
            pub fn set_capacity(&self, capacity: usize) -> Result<(), $crate::BuildError> {
                let capacity = $crate::queue::builder::checked_capacity(capacity)?;
                self.$($shared)+.set_capacity(capacity);
                Ok(())
            }

            /// What the items that wait weigh together; 0 where items have no
            /// [weight]($crate::Builder::weight).
            pub fn weight(&self) -> usize {
                self.$($shared)+
                    .look(|state| state.scale.as_ref().map_or(0, |scale| scale.weight()))
            }

            /// The greatest length there has been.
            pub fn peak(&self) -> usize {
                self.$($shared)+.look(|state| state.peak())
            }

            /// One consistent look at everything the queue counts.
            pub fn stats(&self) -> $crate::Stats {
                self.$($shared)+.look($crate::Stats::of)
            }

            /// Ends the puts: from now on they answer [`Closed`](crate::PutError::Closed),
            /// waiting ones too. Gets drain what is left, then end. Any handle may close, and
            /// closing again changes nothing.
            pub fn close(&self) {
                self.$($shared)+.step(|state| state.close());
            }

            /// Closes the queue and returns what was left in it, in the order it would have
            /// been got. Those items count as dropped, and as finished for `join`.
            pub fn close_now(&self) -> Vec<T> {
                self.$($shared)+.step(|state| state.close_and_drain())
            }

            /// Whether the queue is closed; items may still be waiting in it.
            pub fn is_closed(&self) -> bool {
                self.$($shared)+.look(|state| state.is_closed())
            }

            /// Marks one got item as finished, for [`join`](Self::join).
            ///
            /// # Panics
            /// When it was called more often than items were put.
            pub fn task_done(&self) {
                self.task_done_many(1);
            }

            /// Marks `count` got items as finished, for [`join`](Self::join).
            ///
            /// # Panics
            /// When more would be marked than were put.
            pub fn task_done_many(&self, count: usize) {
                let in_order = self.$($shared)+.step(|state| {
                    let in_order = count as u64 <= state.unfinished();
                    if in_order {
                        state.finish(count);
                    }
                    in_order
                });
                assert!(in_order, "task_done was called more often than items were put");
            }

            /// Waits until every item that was put is finished: got and marked by
            /// [`task_done`](Self::task_done), or dropped.
            ///
            /// It ends at the first moment of which that is true, whatever is put after it.
            /// A consumer that ends without marking what it got keeps `join` waiting.
            ///
            /// # Cancel safety
            /// Dropping the future loses nothing; a new one waits just as well.
            ///
            /// # Examples
            /// ```
            /// # futures_lite::future::block_on(async {
            /// let queue = forebay::Queue::unbounded();
            /// queue.put("a row").await?;
            /// assert_eq!(queue.get().await, Some("a row"));
            /// queue.task_done();
            /// queue.join().await;
            /// # Ok::<(), forebay::PutError<&str>>(()) }).unwrap();
            /// ```
            pub fn join(&self) -> $crate::sharing::Join<'_, T, S> {
                $crate::sharing::Join::new(&self.$($shared)+)
            }
        }

        impl<T> $handle<T, $crate::sharing::Threads> {
            /// Blocks the thread until every item that was put is finished; see
            /// [`join`](Self::join).
            pub fn join_blocking(&self) {
                $crate::blocking::block_on(self.join());
            }
        }

        impl<T, S: $crate::sharing::Sharing> std::fmt::Debug for $handle<T, S> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.$($shared)+.look(|state| state.describe(f.debug_struct(stringify!($handle))))
            }
        }
    };
}

pub(crate) use observe;
