//! Who may sign in, and as what: `accounts.json`, the one file of an archive that holds secrets.
//!
//! The file is read again when it was replaced, so that `kho user disable` is felt by the next request of a running
//! viewer. Whoever changes it holds a lock, writes beside it, syncs and renames.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kho_archive::access::Who;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

mod file;
pub(crate) mod password;
mod secret;

pub(crate) use file::Accounts;
pub(crate) use secret::{Key, random_token};

/// The version of `accounts.json`.
const FORMAT: u64 = 1;

/// How long a link that sets a password may wait to be used.
const LINK_LIVES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A name longer than this is no name.
const LONGEST_NAME: usize = 64;

/// What somebody with an account is to the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Sees everything that is not sealed, changes it, and looks after the accounts.
    Archivist,
    /// Sees and changes as an archivist does, but has no say on accounts.
    Editor,
    /// Sees what is open to research, for a purpose and a period.
    Researcher,
    /// Sees what is open to the named groups.
    Member,
    /// The screen in the village house: sees what is open on site.
    Kiosk,
}

/// Somebody who may sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// What is typed at sign-in, and the actor in the journal.
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) full_name: Option<String>,
    pub(crate) role: Role,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) groups: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) purpose: Option<String>,
    /// The first day on which this account holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Date>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Date>,
    /// Argon2id as a PHC string; absent until a password was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<String>,
    /// The link that sets the password, as long as one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<Link>,
    /// Changes with the password: sessions begun before are over.
    pub(crate) stamp: String,
    pub(crate) created: Timestamp,
    pub(crate) created_by: String,
    /// Since when it is disabled, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disabled: Option<Timestamp>,
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
}

/// A link that sets a password once. Only the hash of its token is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    hash: String,
    until: Timestamp,
}

/// What is said of an account when it is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewAccount {
    pub(crate) name: String,
    pub(crate) full_name: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
}

/// Everything that `accounts.json` says.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Register {
    format: u64,
    /// Signs sessions.
    pub(crate) key: Key,
    accounts: Vec<Account>,
    #[serde(flatten)]
    more: serde_json::Map<String, serde_json::Value>,
}

/// What was asked for cannot be done with an account. The person who asked can mend it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum AccountError {
    /// The name is empty, too long or holds signs that no name has.
    #[error("{0:?} is no name for an account: use 1 to {LONGEST_NAME} letters, digits, spaces and . - _ @")]
    BadName(String),
    #[error("there is an account “{0}” already; choose another name, or set its password with `kho user password`")]
    Taken(String),
    #[error("there is no account “{0}”; `kho user list` shows them all")]
    Unknown(String),
    #[error("a role is missing: archivist, editor, researcher, member or kiosk")]
    NoRole,
    #[error("a researcher sees for a purpose; say which with --purpose")]
    NoPurpose,
    #[error("a researcher sees for a period; say the last day with --until, like 2030-12-31")]
    NoUntil,
    #[error("a member belongs to at least one group; name it with --group")]
    NoGroups,
    #[error("the last day lies before the first, or is over already; choose a later one")]
    BadPeriod,
    #[error("{0:?} is no day; write it like 2030-12-31")]
    BadDay(String),
    #[error("the password is too short: use at least {} characters, a few words for example", password::SHORTEST)]
    ShortPassword,
    #[error("“{0}” is the last archivist who can sign in; add another one first")]
    LastArchivist(String),
    #[error("this link was used or is older than seven days; ask an archivist for a new one")]
    LinkOver,
}

impl Register {
    /// Returns a register without accounts and with a new key.
    fn empty() -> std::io::Result<Self> {
        Ok(Self { format: FORMAT, key: Key::random()?, accounts: Vec::new(), more: serde_json::Map::default() })
    }

    /// Returns all accounts, in the order in which they were made.
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Returns the account that somebody means who typed this name: case and the form of its marks do not matter.
    pub(crate) fn find(&self, typed: &str) -> Option<&Account> {
        let wanted = folded(typed);
        self.accounts.iter().find(|account| folded(&account.name) == wanted)
    }

    /// Whether some archivist can sign in, or could after setting a password.
    pub(crate) fn has_archivist(&self) -> bool {
        self.accounts.iter().any(Account::is_standing_archivist)
    }

    /// Adds an account that has no password yet.
    pub(crate) fn add(&mut self, new: NewAccount, by: &str) -> anyhow::Result<&mut Account> {
        let account = new.into_account(by, today())?;
        if self.find(&account.name).is_some() {
            return Err(AccountError::Taken(account.name).into());
        }
        self.accounts.push(account);
        Ok(self.accounts.last_mut().expect("it was just pushed"))
    }

    /// Disables an account: its sessions are over, and nobody signs in with it.
    pub(crate) fn disable(&mut self, name: &str) -> anyhow::Result<&Account> {
        let others = self.accounts.iter().filter(|account| folded(&account.name) != folded(name));
        let is_last = others.filter(|other| other.is_standing_archivist()).count() == 0;
        let account = self.find_mut(name)?;
        if account.is_standing_archivist() && is_last {
            return Err(AccountError::LastArchivist(account.name.clone()).into());
        }
        account.disabled.get_or_insert_with(Timestamp::now);
        account.stamp = secret::random_hex::<16>()?;
        Ok(account)
    }

    /// Takes a disabling back. The sessions that it ended stay over.
    pub(crate) fn enable(&mut self, name: &str) -> Result<&Account, AccountError> {
        let account = self.find_mut(name)?;
        account.disabled = None;
        Ok(account)
    }

    /// Sets a password that was hashed already; sessions begun before are over.
    pub(crate) fn set_password(&mut self, name: &str, hash: String) -> anyhow::Result<&Account> {
        let account = self.find_mut(name)?;
        account.take_password(hash)?;
        Ok(account)
    }

    /// Makes a link by which the password of an account can be set once, and returns its token.
    pub(crate) fn make_link(&mut self, name: &str) -> anyhow::Result<String> {
        let token = random_token()?;
        self.find_mut(name)?.link = Some(Link { hash: secret::hash_of(&token), until: Timestamp::now().checked_add(LINK_LIVES)? });
        Ok(token)
    }

    /// Returns the account whose link has this token, if the link still holds.
    pub(crate) fn of_link(&self, token: &str) -> Result<&Account, AccountError> {
        let hash = secret::hash_of(token);
        let holds = |link: &Link| link.hash == hash && link.until > Timestamp::now();
        self.accounts.iter().find(|account| account.disabled.is_none() && account.link.as_ref().is_some_and(holds)).ok_or(AccountError::LinkOver)
    }

    fn find_mut(&mut self, typed: &str) -> Result<&mut Account, AccountError> {
        let wanted = folded(typed);
        let found = self.accounts.iter_mut().find(|account| folded(&account.name) == wanted);
        found.ok_or_else(|| AccountError::Unknown(typed.trim().to_owned()))
    }
}

impl Account {
    /// Returns who this is for the judge of access on a day; `None` if the account does not hold on it.
    pub(crate) fn who(&self, today: Date) -> Option<Who> {
        if self.disabled.is_some() || !self.is_in_period(today) {
            return None;
        }
        Some(match self.role {
            Role::Archivist | Role::Editor => Who::Archivist,
            Role::Researcher => Who::Researcher,
            Role::Member => Who::Member(self.groups.clone()),
            Role::Kiosk => Who::Kiosk,
        })
    }

    /// Whether the day lies in the period of the account.
    pub(crate) fn is_in_period(&self, today: Date) -> bool {
        self.from.is_none_or(|first| first <= today) && self.until.is_none_or(|last| today <= last)
    }

    /// The name for people: the full one if it was given.
    pub(crate) fn spoken_name(&self) -> &str {
        self.full_name.as_deref().unwrap_or(&self.name)
    }

    fn is_standing_archivist(&self) -> bool {
        self.role == Role::Archivist && self.disabled.is_none()
    }

    fn take_password(&mut self, hash: String) -> std::io::Result<()> {
        self.password = Some(hash);
        self.link = None;
        self.stamp = secret::random_hex::<16>()?;
        Ok(())
    }
}

/// Nothing secret may stand in a log.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, {})", self.name, self.role.code())
    }
}

impl Role {
    /// The word for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Archivist => "archivist",
            Self::Editor => "editor",
            Self::Researcher => "researcher",
            Self::Member => "member",
            Self::Kiosk => "kiosk",
        }
    }

    /// Whether there is something to do at the desk for it.
    pub(crate) fn has_desk(self) -> bool {
        matches!(self, Self::Archivist | Self::Editor)
    }

    /// All of them, in the order of what they may do.
    pub(crate) const ALL: [Self; 5] = [Self::Archivist, Self::Editor, Self::Researcher, Self::Member, Self::Kiosk];
}

impl NewAccount {
    fn into_account(self, by: &str, today: Date) -> anyhow::Result<Account> {
        let name = clean_name(&self.name)?;
        let role = self.role.ok_or(AccountError::NoRole)?;
        let groups: BTreeSet<String> = self.groups.iter().filter_map(|group| given(group)).collect();
        let purpose = self.purpose.as_deref().and_then(given);
        let is_over = self.until.is_some_and(|last| last < today || self.from.is_some_and(|first| last < first));
        match role {
            _ if is_over => return Err(AccountError::BadPeriod.into()),
            Role::Researcher if purpose.is_none() => return Err(AccountError::NoPurpose.into()),
            Role::Researcher if self.until.is_none() => return Err(AccountError::NoUntil.into()),
            Role::Member if groups.is_empty() => return Err(AccountError::NoGroups.into()),
            _ => {}
        }
        Ok(Account {
            name,
            full_name: self.full_name.as_deref().and_then(given),
            role,
            groups,
            purpose,
            from: self.from,
            until: self.until,
            password: None,
            link: None,
            stamp: secret::random_hex::<16>()?,
            created: Timestamp::now(),
            created_by: by.to_owned(),
            disabled: None,
            more: serde_json::Map::default(),
        })
    }
}

/// Returns the day on which accounts and decisions are read: that of the machine.
pub(crate) fn today() -> Date {
    jiff::ZonedDateTime::now().date()
}

/// Returns a name as it is kept: NFC, without spaces around it.
fn clean_name(typed: &str) -> Result<String, AccountError> {
    let name: String = typed.trim().nfc().collect();
    let is_sign = |sign: char| sign.is_alphanumeric() || " .-_@".contains(sign);
    let is_name = !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(is_sign);
    if is_name { Ok(name) } else { Err(AccountError::BadName(typed.to_owned())) }
}

/// Returns a name as it is compared.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase().nfc().collect()
}

fn given(text: &str) -> Option<String> {
    let text: String = text.trim().nfc().collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
