//! Who sends, where nobody shows a token: by address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use super::rate::Meter;

/// So many addresses are told apart; those beyond share one meter, so that a crowd of addresses
/// takes no more memory than this.
const ADDRESSES_MAX: usize = 65_536;

/// The meters of addresses that have something to pay off, or are connected.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    list: Mutex<List>,
    others: Arc<Meter>,
}

#[derive(Debug, Default)]
struct List {
    by_address: HashMap<IpAddr, Arc<Meter>>,
    looked_at_ns: u64,
}

/// A full list is looked through no sooner than this after the last time.
const LOOKS_EVERY_NS: u64 = 1_000_000_000;

impl Meters {
    /// The meter of an address.
    pub(super) fn of(&self, address: IpAddr, now_ns: u64) -> Arc<Meter> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        if let Some(meter) = list.by_address.get(&address) {
            return Arc::clone(meter);
        }
        if list.is_to_be_looked_through(now_ns) {
            list.looked_at_ns = now_ns;
            let is_needed = |meter: &Arc<Meter>| Arc::strong_count(meter) > 1;
            list.by_address.retain(|_, meter| is_needed(meter) || !meter.is_even(now_ns));
        }
        if list.by_address.len() >= ADDRESSES_MAX {
            return Arc::clone(&self.others);
        }
        Arc::clone(list.by_address.entry(address).or_default())
    }
}

impl List {
    /// Only when it would have to grow, so that as many comers pay for a look at all of them; and
    /// where it may not grow, once in a while.
    fn is_to_be_looked_through(&self, now_ns: u64) -> bool {
        let has_rested = now_ns.saturating_sub(self.looked_at_ns) >= LOOKS_EVERY_NS;
        match self.by_address.len() {
            ADDRESSES_MAX.. => has_rested,
            length => length == self.by_address.capacity(),
        }
    }
}

/// Whoever has an IPv6 address has all of its network (RFC 6177): 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !0 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Rate;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(number.into())
    }

    #[test]
    fn an_address_keeps_its_meter_for_as_long_as_it_owes() {
        let meters = Meters::default();
        let rate = Rate { per_s: 1, burst: 1 };
        meters.of(address(1), 0).request(rate, 0).expect("the first");
        for number in 2..10_000 {
            meters.of(address(number), 0);
        }
        assert!(meters.of(address(1), 0).request(rate, 0).is_err());
        assert!(meters.list.lock().expect("no panic").by_address.len() < 100);
    }

    #[test]
    fn a_crowd_of_addresses_shares_one_meter_beyond_the_limit() {
        let meters = Meters::default();
        let rate = Rate { per_s: 1, burst: 1 };
        for number in 0..70_000 {
            let _ = meters.of(address(number), 0).request(rate, 0);
        }
        assert_eq!(meters.list.lock().expect("no panic").by_address.len(), ADDRESSES_MAX);
        assert!(meters.of(address(70_001), 0).request(rate, 0).is_err());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_ipv4_is_ipv4_however_it_is_written() {
        let read = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(read("2001:db8::1"), read("2001:db8::ffff:1"));
        assert_ne!(read("2001:db8::1"), read("2001:db8:0:1::1"));
        assert_eq!(read("::ffff:10.0.0.1"), read("10.0.0.1"));
    }
}
