//! Identifiers that survive being read aloud, written on a label, and typed in again.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// The digits: no `i`, `l`, `o`, `u`, which hands and eyes confuse.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Random characters; the check character follows them.
const RANDOM: usize = 11;

/// The identifier of a record: 55 random bits as 11 characters, and a check character.
///
/// The weighted sum of all 12 characters over GF(32) is zero, with a different weight for each place.
/// Hence any one wrong character and any swap of two characters is noticed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(u64);

/// A text is no identifier.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadId {
    /// It is not made of 12 characters of the alphabet.
    #[error("{0:?} is no identifier: 12 letters and digits are expected, as in k7f3-9m2q-x4tc")]
    Form(String),
    /// The check character does not fit: something was misread or mistyped.
    #[error("{0:?} has a mistake in it: the check character does not fit; compare it with the label")]
    Check(String),
}

impl RecordId {
    /// Returns a new random identifier. Whether it is free is for the catalogue to say.
    pub fn random() -> io::Result<Self> {
        let random = getrandom::u64().map_err(io::Error::other)?;
        Ok(Self(random >> (64 - 5 * RANDOM)))
    }

    /// Returns the identifier as a number below 2^55, for indexes.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Returns the identifier for a number that [`RecordId::number`] gave.
    pub fn from_number(number: u64) -> Option<Self> {
        (number < 1 << (5 * RANDOM)).then_some(Self(number))
    }

    /// Returns the identifier in groups of four, as it is shown to people.
    pub fn grouped(self) -> String {
        let plain = self.to_string();
        format!("{}-{}-{}", &plain[..4], &plain[4..8], &plain[8..])
    }

    /// The 11 random digits, the most significant first.
    fn digits(self) -> [u8; RANDOM] {
        std::array::from_fn(|place| (self.0 >> (5 * (RANDOM - 1 - place)) & 31) as u8)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let text: String = digits.iter().chain([&check_digit(&digits)]).map(|digit| character(*digit)).collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

/// Forgives case, hyphens, spaces, and I, L and O for 1, 1 and 0.
impl FromStr for RecordId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad_form = || BadId::Form(text.to_owned());
        let typed = text.chars().filter(|character| !matches!(character, '-' | ' '));
        let digits: Vec<u8> = typed.map(digit).collect::<Option<_>>().ok_or_else(bad_form)?;
        let (check, random) = digits.split_last().ok_or_else(bad_form)?;
        let random: [u8; RANDOM] = random.try_into().map_err(|_| bad_form())?;
        if check_digit(&random) != *check {
            return Err(BadId::Check(text.to_owned()));
        }
        Ok(Self(random.iter().fold(0, |number, digit| number << 5 | u64::from(*digit))))
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn character(digit: u8) -> char {
    char::from(ALPHABET[usize::from(digit)])
}

fn digit(character: char) -> Option<u8> {
    let plain = match character.to_ascii_lowercase() {
        'i' | 'l' => '1',
        'o' => '0',
        other => other,
    };
    let place = ALPHABET.iter().position(|letter| char::from(*letter) == plain)?;
    u8::try_from(place).ok()
}

/// Returns the digit c with Σ αⁱ·dᵢ + α¹¹·c = 0 over GF(32), α a primitive element.
fn check_digit(random: &[u8; RANDOM]) -> u8 {
    // Horner from the last place: after the loop `sum` = Σ αⁱ·dᵢ.
    let sum = random.iter().rev().fold(0, |sum, digit| times_alpha(sum) ^ digit);
    // α³¹ = 1, so dividing by α¹¹ is multiplying by α²⁰.
    (0..31 - RANDOM).fold(sum, |value, _| times_alpha(value))
}

/// Multiplies by α in GF(32) = `GF(2)[x]/(x⁵ + x² + 1)`.
fn times_alpha(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids() -> impl Strategy<Value = RecordId> {
        (0u64..1 << 55).prop_map(|number| RecordId::from_number(number).unwrap())
    }

    proptest! {
        #[test]
        fn an_id_survives_being_written_however_it_is_typed(id in ids()) {
            let plain = id.to_string();
            prop_assert_eq!(plain.len(), 12);
            prop_assert_eq!(plain.parse::<RecordId>(), Ok(id));
            let shouted = id.grouped().to_uppercase();
            prop_assert_eq!(shouted.replace('1', "I").replace('0', "O").parse::<RecordId>(), Ok(id));
            prop_assert_eq!(shouted.replace('1', "l").parse::<RecordId>(), Ok(id));
        }

        #[test]
        fn every_single_error_and_every_swap_is_noticed(id in ids()) {
            let plain: Vec<char> = id.to_string().chars().collect();
            for place in 0..12 {
                for letter in ALPHABET.iter().map(|letter| char::from(*letter)) {
                    let mut wrong = plain.clone();
                    wrong[place] = letter;
                    let read = wrong.iter().collect::<String>().parse::<RecordId>();
                    prop_assert_eq!(read.is_ok(), wrong == plain);
                }
                for other in 0..place {
                    let mut swapped = plain.clone();
                    swapped.swap(place, other);
                    let read = swapped.iter().collect::<String>().parse::<RecordId>();
                    prop_assert_eq!(read.is_ok(), swapped == plain);
                }
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = text.parse::<RecordId>();
        }
    }

    #[test]
    fn mistakes_get_a_message_that_helps() {
        let id = RecordId::from_number(77).unwrap().to_string();
        let wrong = format!("z{}", &id[1..]);
        assert!(matches!(wrong.parse::<RecordId>(), Err(BadId::Check(_))));
        assert!(matches!("đó".parse::<RecordId>(), Err(BadId::Form(_))));
        assert!(matches!("".parse::<RecordId>(), Err(BadId::Form(_))));
    }
}
