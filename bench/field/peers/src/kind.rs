//! The macro that says what a kind of queue is: its types, and one line for each call.

/// Implements what the cells ask of a kind, for items of any type `T`, or `for` those with a trait. The parts are in this
/// order, and what a kind has not is left out: `many producers` or `consumers`, `tried`, `batches`, `ties in any order`,
/// `awaited`, `local` (for numbers only), `blocking`.
///
/// They are always inlined: what is measured is the call of the peer, whether that is inlined is its own business, and an
/// item of 256 bytes is not copied once more on its way there.
macro_rules! kind {
    (for $item:path: $($rest:tt)*) => {
        kind!(@of $item, $($rest)*);
    };
    (
        @of $item:path,
        $(#[$doc:meta])*
        $kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr;
        $(many $side:ident;)*
        $(tried:
            |$try_producer:ident, $try_item:ident| $try_put:expr,
            |$try_consumer:ident| $try_get:expr;
            $(batches:
                $(put |$many_producer:ident, $many_items:ident| $put_batch:expr,)?
                get |$many_consumer:ident, $many_into:ident, $many_count:pat_param| $get_batch:expr;
            )?
            $(ties in $any_order:ident order;)?
        )?
        $(awaited:
            |$put_producer:ident, $put_item:ident| $put:expr,
            |$get_consumer:ident| $get:expr;
        )?
        $(local:
            |$local_producer:ident, $local_item:ident| $local_put:expr,
            |$local_consumer:ident| $local_get:expr;
        )?
        $(blocking:
            |$block_producer:ident, $block_item:ident| $put_blocking:expr,
            |$block_consumer:ident| $get_blocking:expr;
        )?
    ) => {
        $(#[$doc])*
        pub(crate) struct $kind;

        impl<T: $item> field_cells::Queue<T> for $kind {
            type Producer = $producer;
            type Consumer = $consumer;

            #[inline(always)]
            fn open($capacity: usize) -> (Self::Producer, Self::Consumer) {
                $open
            }

            $(kind!(@many $side);)*
        }

        $(impl<T: $item> field_cells::Tried<T> for $kind {
            #[inline(always)]
            fn try_put($try_producer: &mut $producer, $try_item: T) -> bool {
                $try_put
            }

            #[inline(always)]
            fn try_get($try_consumer: &mut $consumer) -> Option<T> {
                $try_get
            }

            $(
                const HAS_BATCHES: bool = true;

                $(#[inline(always)]
                fn put_batch($many_producer: &mut $producer, $many_items: &mut Vec<T>) -> bool {
                    $put_batch
                })?

                #[inline(always)]
                fn get_batch(
                    $many_consumer: &mut $consumer,
                    $many_into: &mut Vec<T>,
                    $many_count: usize,
                ) {
                    let _ = $get_batch;
                }
            )?

            $(const KEEPS_TIES: bool = kind!(@ties $any_order);)?
        })?

        $(impl<T: $item> field_cells::Awaited<T> for $kind {
            #[inline(always)]
            fn put(
                $put_producer: &mut $producer,
                $put_item: T,
            ) -> impl Future<Output: field_cells::Put> + Send {
                $put
            }

            #[inline(always)]
            fn get(
                $get_consumer: &mut $consumer,
            ) -> impl Future<Output: field_cells::Got<T>> + Send {
                $get
            }
        })?

        $(impl field_cells::Local<u64> for $kind {
            #[inline(always)]
            fn put(
                $local_producer: &mut <Self as field_cells::Queue<u64>>::Producer,
                $local_item: u64,
            ) -> impl Future<Output: field_cells::Put> {
                $local_put
            }

            #[inline(always)]
            fn get(
                $local_consumer: &mut <Self as field_cells::Queue<u64>>::Consumer,
            ) -> impl Future<Output: field_cells::Got<u64>> {
                $local_get
            }
        })?

        $(impl<T: $item> field_cells::Blocking<T> for $kind {
            #[inline(always)]
            fn put_blocking($block_producer: &mut $producer, $block_item: T) -> bool {
                $put_blocking.is_ok()
            }

            #[inline(always)]
            fn get_blocking($block_consumer: &mut $consumer) -> Option<T> {
                field_cells::Got::item($get_blocking)
            }
        })?
    };
    (@ties any) => {
        false
    };
    (@many producers) => {
        #[inline(always)]
        fn producer(first: &Self::Producer) -> Self::Producer {
            first.clone()
        }
    };
    (@many consumers) => {
        #[inline(always)]
        fn consumer(first: &Self::Consumer) -> Self::Consumer {
            first.clone()
        }
    };
    ($($rest:tt)*) => {
        kind!(@of field_cells::Item, $($rest)*);
    };
}

pub(crate) use kind;
