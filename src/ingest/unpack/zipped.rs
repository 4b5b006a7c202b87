//! ZIP. The central directory is walked entry by entry, so that two entries of one name are both seen.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use zip::extra_fields::ExtraField;
use zip::read::{Config, ZipFile, ZipFileEntry};
use zip::unstable::read::ZipIterable;
use zip::{DateTime, System, ZipReadOptions};

use super::writer::{Metered, Next, Outside, Writer};

/// Unpacks every entry until the end, a limit, or a directory that cannot be read.
pub(super) fn unpack(package: File, packed: u64, writer: &mut Writer<'_>) -> anyhow::Result<()> {
    let body = package.try_clone().context("the file could not be opened a second time")?;
    let mut directory = ZipIterable::try_new(BufReader::new(package), Config::default())?;
    let entries = u64::try_from(directory.len()).unwrap_or(u64::MAX);
    // Entries that share their packed bytes are read again and again; this bounds how often.
    let most_read = packed.saturating_mul(2).saturating_add(entries.saturating_mul(64 << 10)).saturating_add(64 << 20);
    let mut body = Metered::new(body, most_read);
    for entry in directory.files()? {
        if writer.count() == Next::Stop {
            break;
        }
        match entry {
            Ok(entry) => {
                if take(entry, &mut body, writer) == Next::Stop {
                    break;
                }
            }
            Err(error) => writer.refuse(b"", format!("the rest of the package's directory could not be read: {error}")),
        }
    }
    Ok(())
}

fn take(entry: ZipFileEntry<'static>, body: &mut Metered<File>, writer: &mut Writer<'_>) -> Next {
    let name = entry.name_raw().to_vec();
    let from_dos = matches!(entry.system(), System::Dos | System::WindowsNTFS | System::VFAT);
    let format = entry.unix_mode().unwrap_or(0) & 0o170_000;
    // Old DOS programs mark a folder only by its attribute, or by a backslash at the end.
    let marked = from_dos && entry.size() == 0 && entry.external_attributes() & 0x10 != 0;
    let is_folder = entry.is_dir() || marked || (from_dos && name.ends_with(b"\\"));
    if is_folder {
        writer.folder(&Outside { name: &name, from_dos, modified: None });
        return Next::GoOn;
    }
    let reason = match format {
        0o120_000 => "it is a symbolic link",
        0o010_000 | 0o020_000 | 0o060_000 | 0o140_000 => "it is a device, a pipe or a socket",
        _ if entry.encrypted() => "it is encrypted; ask the sender for a package without a password",
        _ => return take_file(entry, &name, from_dos, body, writer),
    };
    writer.refuse(&name, reason);
    Next::GoOn
}

fn take_file(entry: ZipFileEntry<'static>, name: &[u8], from_dos: bool, body: &mut Metered<File>, writer: &mut Writer<'_>) -> Next {
    let mut body = BufReader::new(body);
    match entry.with_reader(&mut body, ZipReadOptions::new()) {
        Ok(mut file) => {
            let outside = Outside { name, from_dos, modified: modified(&file) };
            writer.file(&outside, &mut file)
        }
        Err(error) => {
            writer.refuse(name, format!("it could not be opened: {error}"));
            Next::GoOn
        }
    }
}

/// The precise time where the package has one. The old DOS time has no time zone and is read as UTC.
fn modified<Body: Read + Seek>(file: &ZipFile<'_, Body>) -> Option<SystemTime> {
    let precise = file.extra_data_fields().find_map(|field| match field {
        ExtraField::ExtendedTimestamp(times) => times.mod_time().map(u64::from),
        // Counted in tenths of microseconds since 1601.
        ExtraField::Ntfs(times) => (times.mtime() / 10_000_000).checked_sub(11_644_473_600),
        _ => None,
    });
    let seconds = precise.or_else(|| file.last_modified().and_then(dos_seconds))?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Seconds since 1970 of a DOS time, by counting days in the Gregorian calendar. None for a date that is none.
fn dos_seconds(time: DateTime) -> Option<u64> {
    if !time.is_valid() {
        return None;
    }
    let (year, month, day) = (u64::from(time.year()), u64::from(time.month()), u64::from(time.day()));
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month.checked_add(9)?) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day.checked_sub(1)?;
    // 719468 days lie between 1 March of the year 0 and 1 January 1970.
    let days = days.checked_sub(719_468)?;
    Some(days * 86_400 + u64::from(time.hour()) * 3_600 + u64::from(time.minute()) * 60 + u64::from(time.second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_times_are_counted_like_the_calendar() -> anyhow::Result<()> {
        let seconds = |year, month, day| DateTime::from_date_and_time(year, month, day, 12, 0, 0).map(dos_seconds);
        assert_eq!(seconds(2000, 1, 1)?, Some(946_728_000));
        assert_eq!(seconds(2024, 2, 29)?, Some(1_709_208_000));
        assert_eq!(seconds(1980, 12, 31)?, Some(347_112_000));
        Ok(())
    }
}
