//! `kho user …`: accounts, from the shell of the machine itself.

use std::io::{self, BufRead as _, IsTerminal as _};

use jiff::civil::Date;
use kho_archive::Archive;
use serde_json::{Value, json};

use super::{Common, End};
use crate::accounts::{Account, AccountError, Accounts, NewAccount, Role, password};
use crate::audit::Audit;
use crate::config::{self, UsageError};
use crate::out;

/// Adds, lists and disables the accounts of those who may sign in to the viewer.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Add(Add),
    List(List),
    /// Disables an account: it is signed out at once, and nobody signs in with it.
    Disable(Named),
    /// Takes a disabling back.
    Enable(Named),
    Password(Password),
}

/// Adds an account. The password is asked for, or read as one line of standard input.
#[derive(Debug, clap::Args)]
struct Add {
    /// The name that is typed at sign-in, and that the journal will name.
    name: String,
    /// What the person is to the archive.
    #[arg(long, value_enum)]
    role: Role,
    /// A group that a member belongs to; may be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// What a researcher looks at things for.
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    /// The first day on which the account holds, like 2030-01-01.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day on which the account holds, like 2030-12-31.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// The name for people.
    #[arg(long, value_name = "NAME")]
    full_name: Option<String>,
    /// Print a link by which the person sets the password, instead of asking for one. It works once, for seven days.
    #[arg(long)]
    link: bool,
}

/// Lists the accounts.
#[derive(Debug, clap::Args)]
struct List {
    /// Answer as one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The name of the account.
    name: String,
}

/// Sets a password. It is asked for, or read as one line of standard input; who is signed in is signed out.
#[derive(Debug, clap::Args)]
struct Password {
    /// The name of the account.
    name: String,
    /// Print a link by which the person sets the password, instead of asking for one. It works once, for seven days.
    #[arg(long)]
    link: bool,
}

/// What all of these commands work with.
struct Desk {
    archive: Archive,
    accounts: Accounts,
    audit: Audit,
    actor: String,
}

pub(crate) fn run(common: &Common, args: Args) -> anyhow::Result<End> {
    let archive = config::open_archive(common.archive.as_deref())?;
    let (accounts, audit) = (Accounts::of(&archive)?, Audit::of(&archive));
    let desk = Desk { archive, accounts, audit, actor: config::actor(common.actor.as_deref()) };
    let done = match args.what {
        What::Add(add) => desk.add(add),
        What::List(list) => desk.list(&list),
        What::Disable(named) => desk.disable(&named.name),
        What::Enable(named) => desk.enable(&named.name),
        What::Password(password) => desk.password(&password),
    };
    done.map(|()| End::Done).map_err(as_usage)
}

/// What the person who typed can mend is wrong use.
fn as_usage(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<AccountError>() {
        Ok(error) => UsageError(error.to_string()).into(),
        Err(error) => error,
    }
}

impl Desk {
    fn add(&self, add: Add) -> anyhow::Result<()> {
        let Add { name, role, groups, purpose, from, until, full_name, link } = add;
        let new = NewAccount { name, full_name, role: Some(role), groups: groups.into_iter().collect(), purpose, from, until };
        // Whatever is wrong shows before a password is asked for.
        self.accounts.read()?.as_ref().clone().add(new.clone(), &self.actor)?;
        let hash = if link { None } else { Some(asked_password()?) };
        let (name, token) = self.accounts.change(&self.archive, |register| {
            let name = register.add(new, &self.actor)?.name.clone();
            let token = match hash {
                Some(hash) => register.set_password(&name, hash).map(|_| None)?,
                None => Some(register.make_link(&name)?),
            };
            Ok((name, token))
        })?;
        self.note("account-added", &name)?;
        match token {
            Some(token) => self.show_link(&name, &token),
            None => out::line(format_args!("“{name}” may sign in now.")),
        }
    }

    fn list(&self, list: &List) -> anyhow::Result<()> {
        let register = self.accounts.read()?;
        if list.json {
            return out::json(&register.accounts().iter().map(account_json).collect::<Vec<_>>());
        }
        if register.accounts().is_empty() {
            return out::line("There are no accounts yet: `kho user add NAME --role archivist` makes the first.");
        }
        register.accounts().iter().try_for_each(|account| out::line(account_line(account)))
    }

    fn disable(&self, name: &str) -> anyhow::Result<()> {
        let name = self.accounts.change(&self.archive, |register| Ok(register.disable(name)?.name.clone()))?;
        self.note("account-disabled", &name)?;
        out::line(format_args!("“{name}” can no longer sign in; `kho user enable` takes that back."))
    }

    fn enable(&self, name: &str) -> anyhow::Result<()> {
        let name = self.accounts.change(&self.archive, |register| Ok(register.enable(name)?.name.clone()))?;
        self.note("account-enabled", &name)?;
        out::line(format_args!("“{name}” may sign in again."))
    }

    fn password(&self, password: &Password) -> anyhow::Result<()> {
        let Some(account) = self.accounts.read()?.find(&password.name).cloned() else {
            return Err(AccountError::Unknown(password.name.clone()).into());
        };
        if password.link {
            let token = self.accounts.change(&self.archive, |register| register.make_link(&account.name))?;
            self.note("link-made", &account.name)?;
            return self.show_link(&account.name, &token);
        }
        let hash = asked_password()?;
        self.accounts.change(&self.archive, |register| register.set_password(&account.name, hash).map(drop))?;
        self.note("password-set", &account.name)?;
        out::line(format_args!("“{}” has a new password; whoever was signed in with the old one is signed out.", account.name))
    }

    fn note(&self, did: &str, account: &str) -> anyhow::Result<()> {
        self.audit.note(Some(&self.actor), did, Some(account), Some("shell"))
    }

    /// The address of the viewer is a guess: it may stand behind a server of another name.
    fn show_link(&self, name: &str, token: &str) -> anyhow::Result<()> {
        out::note(format_args!("“{name}” sets the password here, once, within seven days (put the address of your viewer in front):"));
        out::line(format_args!("http://{}/desk/password?token={token}", self.archive.settings().serve.listen))
    }
}

/// Asks for a password, twice on a terminal, else reads one line; returns its hash.
fn asked_password() -> anyhow::Result<String> {
    let typed = if io::stdin().is_terminal() { typed_twice()? } else { one_line()? };
    password::check(&typed)?;
    password::hash(&typed)
}

fn typed_twice() -> anyhow::Result<String> {
    let first = rpassword::prompt_password("Password: ")?;
    password::check(&first)?;
    let again = rpassword::prompt_password("The same once more: ")?;
    if first != again {
        return Err(UsageError("the two passwords differ; nothing was changed".to_owned()).into());
    }
    Ok(first)
}

fn one_line() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn account_json(account: &Account) -> Value {
    let mut json = json!({"name": account.name, "role": account.role, "created": account.created, "created_by": account.created_by,
        "has_password": account.password.is_some()});
    let known = [
        ("full_name", account.full_name.as_ref().map(|name| json!(name))),
        ("groups", (!account.groups.is_empty()).then(|| json!(account.groups))),
        ("purpose", account.purpose.as_ref().map(|purpose| json!(purpose))),
        ("from", account.from.map(|day| json!(day))),
        ("until", account.until.map(|day| json!(day))),
        ("disabled", account.disabled.map(|since| json!(since))),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            json[name] = value;
        }
    }
    json
}

fn account_line(account: &Account) -> String {
    let mut line = format!("{:<20} {:<11}", account.name, account.role.code());
    let groups = account.groups.iter().cloned().collect::<Vec<_>>().join(", ");
    let said = [
        account.full_name.clone(),
        (!groups.is_empty()).then_some(groups),
        account.purpose.clone(),
        account.from.map(|day| format!("from {day}")),
        account.until.map(|day| format!("until {day}")),
        account.disabled.map(|since| format!("DISABLED since {since:.0}")),
        account.password.is_none().then(|| "no password yet".to_owned()),
    ];
    for part in said.into_iter().flatten() {
        line += &format!("  {part}");
    }
    line
}
