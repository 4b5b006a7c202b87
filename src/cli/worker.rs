//! `kho worker`

use super::End;
use crate::worker::inside;

/// Answers what another kho asks, until that one ends.
pub(crate) fn run() -> anyhow::Result<End> {
    inside::run()?;
    Ok(End::Done)
}
