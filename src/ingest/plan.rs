//! From arrivals to records: which are new, which are known, which belong to a medium beside them.
//!
//! Planning reads the catalogue and changes nothing, so it can be repeated when another process committed
//! in between.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;

use kho_archive::Archive;
use kho_archive::access::Decision;
use kho_archive::catalogue::Catalogue;
use kho_archive::digest::{Digest, Fingerprint};
use kho_archive::record::{self, File, FoundAt, Kind, Record, RecordId, Relation, Role, Technical, Text};

use serde_json::json;

use super::Options;
use super::account::{Class, Proposal};
use super::group::Evidence;
use super::sources::Source;
use super::walk::{Candidate, What};
use crate::media::{Facts, MediaKind, names};

/// A content that is durable in the store, with everything known about it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) candidate: Candidate,
    pub(super) fingerprint: Fingerprint,
    pub(super) facts: Box<Facts>,
}

/// Plans the records of one commit.
pub(super) struct Planner<'a> {
    archive: &'a Archive,
    catalogue: &'a Catalogue,
    options: &'a Options,
    sources: &'a [Source],
    now: String,
    /// New revisions, in the order in which they were first touched.
    records: Vec<Record>,
    place_of: HashMap<RecordId, usize>,
    /// Contents and paths that this commit brings.
    first_holder: HashMap<Digest, RecordId>,
    standing: HashMap<Where, (RecordId, Digest)>,
    proposals: Vec<Proposal>,
    /// What the next file may belong to.
    loose: Option<serde_json::Value>,
}

/// The type of the relation between records that may be one thing.
pub(super) const MAY_BELONG: &str = "may-belong-with";

/// A part whose evidence is weak.
struct Loose {
    to: RecordId,
    why: &'static str,
}

/// A path in an accession: its label there, and the path below it.
pub(super) type Where = (RecordId, String, String);

impl<'a> Planner<'a> {
    pub(super) fn new(archive: &'a Archive, options: &'a Options, sources: &'a [Source]) -> Self {
        Self {
            archive,
            catalogue: archive.catalogue(),
            options,
            sources,
            now: kho_archive::journal::now(),
            records: Vec::new(),
            place_of: HashMap::new(),
            first_holder: HashMap::new(),
            standing: HashMap::new(),
            proposals: Vec::new(),
            loose: None,
        }
    }

    /// Returns the planned revisions.
    pub(super) fn into_records(self) -> Vec<Record> {
        self.records
    }

    /// Adds a whole new record, such as an accession.
    pub(super) fn add_record(&mut self, record: Record) {
        self.place_of.insert(record.id, self.records.len());
        self.records.push(record);
    }

    /// Adds a record if there is one.
    pub(super) fn extend_record(&mut self, record: Option<Record>) {
        if let Some(record) = record {
            self.add_record(record);
        }
    }

    /// Plans one item and says in which class it counts.
    pub(super) fn take(&mut self, item: &Item) -> anyhow::Result<Class> {
        let place = self.place_in_source(item, &item.candidate.raw);
        if !self.sources[item.candidate.source].is_new {
            self.supersede(&place, Some(item.fingerprint.digest))?;
            self.supersede_below(&place)?;
        }
        let known = self.holder(&item.fingerprint.digest)?;
        let medium = match &item.candidate.what {
            What::Sidecar { medium, .. } => self.stands_at(&self.place_in_source(item, medium))?.map(|(record, _)| record),
            _ => None,
        };
        let (whole, loose) = match known {
            None => self.whole_of(item)?,
            Some(_) => (None, None),
        };
        let (holder, class) = match (medium, known) {
            (Some(medium), None) => (medium, Class::Sidecar),
            (Some(medium), Some(_)) => (medium, Class::Duplicate),
            (None, Some(holder)) => (holder, Class::Duplicate),
            (None, None) => (whole.map_or_else(|| self.new_record(item), Ok)?, Class::Stored),
        };
        if let Some(loose) = loose {
            self.propose(holder, item, &loose)?;
        }
        self.put_file(holder, item, &place)?;
        self.first_holder.entry(item.fingerprint.digest).or_insert(holder);
        self.standing.insert(place, (holder, item.fingerprint.digest));
        Ok(class)
    }

    /// Returns the record that a part belongs to, or the proposal if the evidence is weak.
    fn whole_of(&mut self, item: &Item) -> anyhow::Result<(Option<RecordId>, Option<Loose>)> {
        let What::Part { of, bond, .. } = &item.candidate.what else { return Ok((None, None)) };
        let Some((id, digest)) = self.stands_at(&self.place_in_source(item, of))? else { return Ok((None, None)) };
        let record = self.record(id)?;
        let Some(anchor) = record.files.iter().find(|file| file.digest == digest) else { return Ok((None, None)) };
        Ok(match bond.weigh(&anchor.technical, &item.facts) {
            Evidence::Strong => (Some(id), None),
            Evidence::Weak(why) => (None, Some(Loose { to: id, why })),
            Evidence::None => (None, None),
        })
    }

    /// Notes that two records may be one thing; people decide.
    fn propose(&mut self, id: RecordId, item: &Item, loose: &Loose) -> anyhow::Result<()> {
        let path = names::readable(&record::bytes_of_raw(&item.candidate.raw)).0;
        let What::Part { of, .. } = &item.candidate.what else { return Ok(()) };
        self.proposals.push(Proposal { path, with: names::readable(&record::bytes_of_raw(of)).0, why: loose.why.to_owned() });
        self.loose = Some(json!({"with": names::readable(&record::bytes_of_raw(of)).0, "why": loose.why}));
        self.record_mut(id)?.relations.push(Relation { kind: MAY_BELONG.to_owned(), to: loose.to });
        Ok(())
    }

    /// Returns a record as this commit leaves it so far.
    fn record(&self, id: RecordId) -> anyhow::Result<Record> {
        if let Some(place) = self.place_of.get(&id) {
            return Ok(self.records[*place].clone());
        }
        self.catalogue.record(id)?.ok_or_else(|| anyhow::anyhow!("record {id} vanished from the catalogue"))
    }

    /// Returns the proposals that were made, and forgets them.
    pub(super) fn take_proposals(&mut self) -> Vec<Proposal> {
        std::mem::take(&mut self.proposals)
    }

    fn place_in_source(&self, item: &Item, raw: &str) -> Where {
        let source = &self.sources[item.candidate.source];
        (source.accession, source.root.clone(), raw.to_owned())
    }

    /// Returns the record and the content that stand at a path.
    fn stands_at(&self, place: &Where) -> anyhow::Result<Option<(RecordId, Digest)>> {
        if let Some(standing) = self.standing.get(place) {
            return Ok(Some(*standing));
        }
        let standing = self.catalogue.standing(place.0, &place.1, &place.2)?;
        Ok(standing.and_then(|standing| Some((standing.record, standing.digest?))))
    }

    /// Returns the record that first held a content.
    fn holder(&self, digest: &Digest) -> anyhow::Result<Option<RecordId>> {
        match self.first_holder.get(digest) {
            Some(holder) => Ok(Some(*holder)),
            None => Ok(self.catalogue.holders(digest)?.first().copied()),
        }
    }

    /// Notes in the record whose content stood at this path that something else stands there now: the
    /// content `by`, or no content at all (a folder, a link).
    pub(super) fn supersede(&mut self, place: &Where, by: Option<Digest>) -> anyhow::Result<()> {
        let Some((old, _)) = self.stands_at(place)?.filter(|(_, standing)| Some(*standing) != by) else { return Ok(()) };
        let now = self.now.clone();
        let files = &mut self.record_mut(old)?.files;
        let paths = files.iter_mut().filter(|file| Some(file.digest) != by).flat_map(|file| &mut file.paths);
        for found in paths.filter(|found| is_at(found, place) && found.superseded.is_none()) {
            found.superseded = Some(now.clone());
        }
        Ok(())
    }

    /// What stood in a folder stands nowhere when the folder is a file or a link now.
    pub(super) fn supersede_below(&mut self, place: &Where) -> anyhow::Result<()> {
        let (accession, root, raw) = place;
        for below in self.catalogue.standing_below(*accession, root, raw)? {
            self.supersede(&(*accession, root.clone(), below), None)?;
        }
        Ok(())
    }

    fn new_record(&mut self, item: &Item) -> anyhow::Result<RecordId> {
        let is_junk = matches!(item.candidate.what, What::Junk);
        let kind = if is_junk { Kind::file() } else { kind(item.facts.kind) };
        let mut record = Record::new(self.archive.free_id()?, kind, title(item));
        record.access = if is_junk { Decision::default() } else { self.options.access.clone() };
        record.relations.extend(self.options.practice.map(|to| Relation { kind: "practice".to_owned(), to }));
        let id = record.id;
        self.add_record(record);
        Ok(id)
    }

    /// Adds a content to a record, or a path to a content that the record has.
    fn put_file(&mut self, holder: RecordId, item: &Item, place: &Where) -> anyhow::Result<()> {
        let found = found_at(item, place);
        let loose = self.loose.take();
        let digest = item.fingerprint.digest;
        let record = self.record_mut(holder)?;
        match record.files.iter_mut().find(|file| file.digest == digest) {
            Some(file) => {
                file.paths.retain(|known| !is_at(known, place));
                file.paths.push(found);
            }
            None => record.files.push(File {
                digest,
                sha256: item.fingerprint.sha256,
                size: item.fingerprint.size,
                role: role(&item.candidate.what),
                paths: vec![found],
                technical: technical(&item.facts),
                more: loose.map_or_else(|| part_of(&item.candidate.what), |loose| [(MAY_BELONG.to_owned(), loose)].into_iter().collect()),
            }),
        }
        Ok(())
    }

    /// Returns the revision of a record that this commit writes.
    fn record_mut(&mut self, id: RecordId) -> anyhow::Result<&mut Record> {
        let place = match self.place_of.get(&id) {
            Some(place) => *place,
            None => {
                let mut record = self.catalogue.record(id)?.ok_or_else(|| anyhow::anyhow!("record {id} vanished from the catalogue"))?;
                record.revision += 1;
                self.add_record(record);
                self.records.len() - 1
            }
        };
        Ok(&mut self.records[place])
    }
}

fn is_at(found: &FoundAt, place: &Where) -> bool {
    (found.accession, &found.root, &found.raw) == (place.0, &place.1, &place.2)
}

/// The name without its ending, readable, until somebody gives a better title.
fn title(item: &Item) -> Text {
    let name = item.candidate.path.file_name().unwrap_or_default().as_bytes();
    let stem = names::split(name).map_or(name, |(stem, _)| stem);
    Text::from([("vi".to_owned(), names::readable(stem).0)])
}

fn kind(kind: MediaKind) -> Kind {
    match kind {
        MediaKind::Image => Kind::image(),
        MediaKind::Film => Kind::film(),
        MediaKind::Sound => Kind::sound(),
        MediaKind::Document => Kind::document(),
        MediaKind::File => Kind::file(),
    }
}

fn role(what: &What) -> Role {
    match what {
        What::Sidecar { is_transcript: true, .. } => Role::transcript(),
        What::Sidecar { is_transcript: false, .. } => Role::sidecar(),
        What::Junk => Role::junk(),
        What::File | What::Part { .. } | What::Link { .. } | What::Unusable(_) => Role::original(),
    }
}

/// How a file belongs to the record's first file, if it is a part: `{"part": {"how": "page", "number": 2}}`.
fn part_of(what: &What) -> serde_json::Map<String, serde_json::Value> {
    match what {
        What::Part { bond, number, .. } => [("part".to_owned(), json!({"how": bond.word(), "number": number}))].into_iter().collect(),
        _ => serde_json::Map::new(),
    }
}

fn found_at(item: &Item, (accession, root, raw): &Where) -> FoundAt {
    let stat = &item.candidate.stat;
    let (name, guess) = names::readable(&record::bytes_of_raw(raw));
    let more = guess.map(|encoding| ("name_read_as".to_owned(), encoding.into())).into_iter().collect();
    FoundAt {
        accession: *accession,
        root: root.clone(),
        raw: raw.clone(),
        name,
        mtime: stat.mtime.clone(),
        ctime: stat.ctime.clone(),
        inode: stat.inode.clone(),
        superseded: None,
        more,
    }
}

fn technical(facts: &Facts) -> Technical {
    let mut more = serde_json::Map::new();
    let mut also = |name: &str, value: Option<serde_json::Value>| more.extend(value.map(|value| (name.to_owned(), value)));
    also("rotation", facts.rotation.map(Into::into));
    also("dpi", facts.dpi.map(Into::into));
    also("animated", facts.is_animated.then_some(true.into()));
    also("sample_rate", facts.sample_rate.map(Into::into));
    also("channels", facts.channels.map(Into::into));
    also("described", (!facts.described.is_empty()).then(|| facts.described.iter().map(|(field, words)| json!([field, words])).collect()));
    Technical {
        mime: Some(facts.mime.clone()),
        puid: facts.puid.clone(),
        width: facts.width,
        height: facts.height,
        orientation: facts.orientation,
        taken: facts.taken.clone(),
        lat: facts.lat,
        lon: facts.lon,
        duration_s: facts.duration_s,
        pages: facts.pages.and_then(|pages| u32::try_from(pages).ok()),
        codec: facts.codec.clone(),
        tool: Some(crate::TOOL.to_owned()),
        problems: facts.problems.clone(),
        more,
    }
}
