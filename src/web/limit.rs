//! Tries to sign in: a few are free, then each waits twice as long as the one before.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Fingers slip.
const FREE: u32 = 5;

/// Nobody waits longer than this for the next try.
const LONGEST: Duration = Duration::from_secs(300);

/// After so long without a try it is as if there had been none.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// How many names and addresses are counted at once.
const MOST: usize = 20_000;

/// Counts tries, for each name and for each address, whether there is such an account or not.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    tries: Mutex<HashMap<Counted, Tries>>,
}

/// Names are counted by their hash: what people type there by mistake may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    Name([u8; 32]),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    count: u32,
    last: Instant,
}

impl Limiter {
    /// Counts a try as failed, or says how long to wait for it. It counts before its outcome is known, so that a hundred at
    /// once are a hundred.
    pub(super) fn begin(&self, name: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let both = counted(name, address);
        let wait = both.iter().filter_map(|counted| tries.get(counted)).map(|tries| tries.wait(now)).max().unwrap_or_default();
        if wait > Duration::ZERO {
            return Err(wait);
        }
        make_room(&mut tries, now);
        for counted in both {
            let count = tries.get(&counted).filter(|tries| !tries.is_forgotten(now)).map_or(0, |tries| tries.count);
            tries.insert(counted, Tries { count: count + 1, last: now });
        }
        Ok(())
    }

    /// Takes back what a try counted that succeeded. Earlier failures of the address stay: others may sit behind it.
    pub(super) fn succeed(&self, name: &str, address: IpAddr) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let [name, address] = counted(name, address);
        tries.remove(&name);
        if let Some(tries) = tries.get_mut(&address) {
            tries.count = tries.count.saturating_sub(1);
        }
    }
}

impl Tries {
    fn wait(&self, now: Instant) -> Duration {
        if self.count < FREE || self.is_forgotten(now) {
            return Duration::ZERO;
        }
        let delay = Duration::from_secs(1 << (self.count - FREE).min(16)).min(LONGEST);
        (self.last + delay).saturating_duration_since(now)
    }

    fn is_forgotten(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) > FORGOTTEN
    }
}

fn counted(name: &str, address: IpAddr) -> [Counted; 2] {
    let name = blake3::hash(crate::accounts::folded(name).as_bytes());
    [Counted::Name(*name.as_bytes()), Counted::Address(address)]
}

/// Forgets what is old; if that is not enough, the oldest tenth.
fn make_room(tries: &mut HashMap<Counted, Tries>, now: Instant) {
    if tries.len() + 2 <= MOST {
        return;
    }
    tries.retain(|_, tries| !tries.is_forgotten(now));
    if tries.len() + 2 > MOST {
        let mut times: Vec<Instant> = tries.values().map(|tries| tries.last).collect();
        times.sort_unstable();
        let oldest = times[MOST / 10];
        tries.retain(|_, tries| tries.last > oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn elsewhere(number: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, number])
    }

    #[test]
    fn five_are_free_then_each_waits_twice_as_long() {
        let (limiter, mut now) = (Limiter::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(limiter.begin("lan", HOME, now), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(limiter.begin("lan", HOME, now), Err(wait));
            assert_eq!(limiter.begin("LAN ", elsewhere(1), now), Err(wait), "the name alone is enough");
            assert_eq!(limiter.begin("nan", HOME, now), Err(wait), "the address alone is enough");
            now += wait;
            assert_eq!(limiter.begin("lan", HOME, now), Ok(()));
        }
        assert_eq!(limiter.begin("nan", elsewhere(2), now), Ok(()), "others are not held up");
        assert_eq!(limiter.begin("lan", HOME, now + FORGOTTEN * 2), Ok(()));
    }

    #[test]
    fn a_hundred_at_once_are_a_hundred() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        let admitted = (0..100).filter(|number| limiter.begin("lan", elsewhere(*number), now).is_ok()).count();
        assert_eq!(admitted, 5);
    }

    #[test]
    fn a_success_is_forgiven_but_not_what_others_did_before() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for name in ["a", "b", "c", "d"] {
            assert!(limiter.begin(name, HOME, now).is_ok());
        }
        for _ in 0..3 {
            assert!(limiter.begin("lan", HOME, now).is_ok());
            limiter.succeed("lan", HOME);
        }
        assert!(limiter.begin("e", HOME, now).is_ok());
        assert!(limiter.begin("f", HOME, now).is_err());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for number in 0..MOST as u32 + 500 {
            let _ = limiter.begin(&number.to_string(), IpAddr::from(number.to_be_bytes()), now + Duration::from_millis(number.into()));
        }
        assert!(limiter.tries.lock().unwrap().len() <= MOST);
    }
}
