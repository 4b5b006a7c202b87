//! The thesaurus in SKOS (W3C Simple Knowledge Organization System), in Turtle and in RDF/XML.
//!
//! A term is a `skos:Concept` with the address `urn:kho:ARCHIVE:term:CODE`; one that came from another thesaurus keeps the
//! address and the scheme that it has there. What is written depends on the terms alone, so that the same thesaurus gives the
//! same bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kho_archive::record::{RecordId, Text};
use oxrdf::{Literal, NamedNode, NamedNodeRef, NamedOrBlankNode, Term as Node, Triple};
use oxrdfxml::{RdfXmlParser, RdfXmlSerializer};
use oxttl::{TurtleParser, TurtleSerializer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Label, Term, Thesaurus};
use crate::config::UsageError;

const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
const DCTERMS: &str = "http://purl.org/dc/terms/";
const OWL: &str = "http://www.w3.org/2002/07/owl#";
const RDF_TYPE: NamedNodeRef<'static> = oxrdf::vocab::rdf::TYPE;

/// What a scheme of kho calls itself.
const TITLES: [(&str, &str); 2] = [("vi", "Từ điển thuật ngữ nghề thủ công"), ("en", "Thesaurus of crafts")];

/// The language of words that do not say theirs (ISO 639-2, "undetermined").
const NO_LANGUAGE: &str = "und";

/// How RDF is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Turtle.
    Ttl,
    /// RDF/XML.
    Rdf,
}

/// What a file says of one concept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Concept {
    pub(crate) uri: String,
    pub(crate) notation: Option<String>,
    pub(crate) labels: Text,
    pub(crate) alt_labels: Vec<Label>,
    pub(crate) scope_note: Text,
    /// Addresses of the concepts directly above.
    pub(crate) broader: BTreeSet<String>,
    /// Whether the file says that nothing stands above it.
    pub(crate) is_top: bool,
    pub(crate) scheme: Option<String>,
    pub(crate) is_deprecated: bool,
    pub(crate) replaced_by: Option<String>,
    is_concept: bool,
}

/// The addresses of the terms of one archive.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    base: String,
}

impl Format {
    /// Returns what the name of a file says; Turtle if it says nothing.
    pub(crate) fn of_name(name: &str) -> Self {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        if ["rdf", "xml", "owl"].contains(&ending.as_str()) { Self::Rdf } else { Self::Ttl }
    }
}

impl Addresses {
    pub(crate) fn of(archive: RecordId) -> Self {
        Self { base: format!("urn:kho:{archive}:term") }
    }

    /// Returns the address of a term.
    pub(crate) fn of_term(&self, term: &Term) -> String {
        let own = || format!("{}:{}", self.base, utf8_percent_encode(&term.code, NON_ALPHANUMERIC));
        term.uri.clone().unwrap_or_else(own)
    }

    /// Returns the address of the scheme that a term belongs to.
    fn of_scheme(&self, term: &Term) -> String {
        term.scheme.clone().unwrap_or_else(|| self.own_scheme())
    }

    /// Returns the address of the archive's own scheme.
    pub(crate) fn own_scheme(&self) -> String {
        format!("{}s", self.base)
    }
}

/// Writes all terms down.
pub(crate) fn write(thesaurus: &Thesaurus, addresses: &Addresses, format: Format) -> anyhow::Result<Vec<u8>> {
    let triples = Writing { thesaurus, addresses }.triples()?;
    let prefixes = [("skos", SKOS), ("dcterms", DCTERMS), ("owl", OWL)];
    Ok(match format {
        Format::Ttl => {
            let mut writer = TurtleSerializer::new();
            for (prefix, namespace) in prefixes {
                writer = writer.with_prefix(prefix, namespace)?;
            }
            let mut writer = writer.for_writer(Vec::new());
            triples.iter().try_for_each(|triple| writer.serialize_triple(triple))?;
            writer.finish()?
        }
        Format::Rdf => {
            let mut writer = RdfXmlSerializer::new();
            for (prefix, namespace) in prefixes {
                writer = writer.with_prefix(prefix, namespace)?;
            }
            let mut writer = writer.for_writer(Vec::new());
            triples.iter().try_for_each(|triple| writer.serialize_triple(triple))?;
            writer.finish()?
        }
    })
}

struct Writing<'a> {
    thesaurus: &'a Thesaurus,
    addresses: &'a Addresses,
}

impl Writing<'_> {
    /// Each scheme with its top concepts, then each concept, by code.
    fn triples(&self) -> anyhow::Result<Vec<Triple>> {
        let mut triples = Vec::new();
        let mut tops: BTreeMap<String, Vec<&Term>> = BTreeMap::new();
        for term in self.thesaurus.terms() {
            let scheme = tops.entry(self.addresses.of_scheme(term)).or_default();
            scheme.extend((self.broader(term).is_none()).then_some(term));
        }
        for (scheme, tops) in &tops {
            self.scheme(scheme, tops, &mut triples)?;
        }
        let mut narrower: HashMap<RecordId, Vec<&Term>> = HashMap::new();
        for term in self.thesaurus.terms() {
            if let Some(broader) = self.broader(term) {
                narrower.entry(broader.id).or_default().push(term);
            }
        }
        for term in self.thesaurus.terms() {
            self.concept(term, narrower.get(&term.id).map_or(&[], Vec::as_slice), &mut triples)?;
        }
        Ok(triples)
    }

    fn broader(&self, term: &Term) -> Option<&Term> {
        term.broader.and_then(|id| self.thesaurus.get(id))
    }

    fn scheme(&self, scheme: &str, tops: &[&Term], triples: &mut Vec<Triple>) -> anyhow::Result<()> {
        let mut saying = Saying::of(scheme, triples)?;
        saying.address(RDF_TYPE.into_owned(), &format!("{SKOS}ConceptScheme"))?;
        let is_of_kho = scheme.starts_with("urn:kho:") && scheme.ends_with(":terms");
        for (language, title) in TITLES.into_iter().filter(|_| is_of_kho) {
            saying.words(&format!("{DCTERMS}title"), language, title)?;
        }
        for top in tops {
            saying.address(skos("hasTopConcept")?, &self.addresses.of_term(top))?;
        }
        Ok(())
    }

    fn concept(&self, term: &Term, narrower: &[&Term], triples: &mut Vec<Triple>) -> anyhow::Result<()> {
        let mut saying = Saying::of(&self.addresses.of_term(term), triples)?;
        let scheme = self.addresses.of_scheme(term);
        saying.address(RDF_TYPE.into_owned(), &format!("{SKOS}Concept"))?;
        saying.plain(skos("notation")?, Literal::new_simple_literal(&term.code));
        for (language, label) in &term.labels {
            saying.words(&format!("{SKOS}prefLabel"), language, label)?;
        }
        for label in term.alt_labels.iter().collect::<BTreeSet<_>>() {
            saying.words(&format!("{SKOS}altLabel"), &label.language, &label.text)?;
        }
        for (language, note) in &term.scope_note {
            saying.words(&format!("{SKOS}scopeNote"), language, note)?;
        }
        saying.address(skos("inScheme")?, &scheme)?;
        match self.broader(term) {
            Some(broader) => saying.address(skos("broader")?, &self.addresses.of_term(broader))?,
            None => saying.address(skos("topConceptOf")?, &scheme)?,
        }
        for narrower in narrower {
            saying.address(skos("narrower")?, &self.addresses.of_term(narrower))?;
        }
        if term.is_retired {
            saying.plain(NamedNode::new(format!("{OWL}deprecated"))?, Literal::from(true));
        }
        if let Some(heir) = term.replaced_by.and_then(|id| self.thesaurus.get(id)) {
            saying.address(NamedNode::new(format!("{DCTERMS}isReplacedBy"))?, &self.addresses.of_term(heir))?;
        }
        Ok(())
    }
}

/// Statements about one thing.
struct Saying<'a> {
    subject: NamedNode,
    triples: &'a mut Vec<Triple>,
}

impl<'a> Saying<'a> {
    fn of(subject: &str, triples: &'a mut Vec<Triple>) -> anyhow::Result<Self> {
        Ok(Self { subject: NamedNode::new(subject)?, triples })
    }

    fn address(&mut self, predicate: NamedNode, object: &str) -> anyhow::Result<()> {
        let object = NamedNode::new(object)?;
        self.triples.push(Triple::new(self.subject.clone(), predicate, object));
        Ok(())
    }

    fn plain(&mut self, predicate: NamedNode, object: Literal) {
        self.triples.push(Triple::new(self.subject.clone(), predicate, object));
    }

    fn words(&mut self, predicate: &str, language: &str, text: &str) -> anyhow::Result<()> {
        let words = Literal::new_language_tagged_literal(text, language)?;
        self.plain(NamedNode::new(predicate)?, words);
        Ok(())
    }
}

fn skos(name: &str) -> anyhow::Result<NamedNode> {
    Ok(NamedNode::new(format!("{SKOS}{name}"))?)
}

/// Reads the concepts of a file, in the order in which it first speaks of them.
pub(crate) fn read(bytes: &[u8], format: Format) -> Result<Vec<Concept>, UsageError> {
    let mut reading = Reading::default();
    match format {
        Format::Ttl => {
            for triple in TurtleParser::new().for_slice(bytes) {
                reading.take(&triple.map_err(|error| unreadable("Turtle", &error))?);
            }
        }
        Format::Rdf => {
            for triple in RdfXmlParser::new().for_slice(bytes) {
                reading.take(&triple.map_err(|error| unreadable("RDF/XML", &error))?);
            }
        }
    }
    Ok(reading.concepts.into_iter().filter(|concept| concept.is_concept).collect())
}

fn unreadable(format: &str, error: &dyn std::fmt::Display) -> UsageError {
    UsageError(format!("the file is no {format}: {error}; nothing was imported (--format names the other one)"))
}

#[derive(Default)]
struct Reading {
    concepts: Vec<Concept>,
    place_of: HashMap<String, usize>,
}

impl Reading {
    /// Returns what is known of a concept so far.
    fn about(&mut self, uri: &str) -> &mut Concept {
        let place = *self.place_of.entry(uri.to_owned()).or_insert_with(|| {
            self.concepts.push(Concept { uri: uri.to_owned(), ..Concept::default() });
            self.concepts.len() - 1
        });
        &mut self.concepts[place]
    }

    fn take(&mut self, triple: &Triple) {
        let NamedOrBlankNode::NamedNode(subject) = &triple.subject else { return };
        let (subject, predicate) = (subject.as_str(), triple.predicate.as_str());
        match &triple.object {
            Node::NamedNode(object) => self.take_address(subject, predicate, object.as_str()),
            Node::Literal(object) => self.take_words(subject, predicate, object),
            Node::BlankNode(_) => {}
        }
    }

    fn take_address(&mut self, subject: &str, predicate: &str, object: &str) {
        if predicate == RDF_TYPE.as_str() {
            self.about(subject).is_concept |= object.strip_prefix(SKOS) == Some("Concept");
        } else if predicate.strip_prefix(DCTERMS) == Some("isReplacedBy") {
            self.about(subject).replaced_by = Some(object.to_owned());
        }
        match predicate.strip_prefix(SKOS) {
            Some("broader") => drop(self.about(subject).broader.insert(object.to_owned())),
            Some("narrower") => drop(self.about(object).broader.insert(subject.to_owned())),
            Some("topConceptOf") => self.put_at_top(subject, object),
            Some("hasTopConcept") => self.put_at_top(object, subject),
            Some("inScheme") => drop(self.about(subject).scheme.get_or_insert_with(|| object.to_owned())),
            _ => {}
        }
    }

    fn put_at_top(&mut self, concept: &str, scheme: &str) {
        let concept = self.about(concept);
        concept.is_top = true;
        concept.scheme.get_or_insert_with(|| scheme.to_owned());
    }

    fn take_words(&mut self, subject: &str, predicate: &str, words: &Literal) {
        let language = words.language().unwrap_or(NO_LANGUAGE);
        let concept = self.about(subject);
        let value = words.value().trim();
        if predicate.strip_prefix(OWL) == Some("deprecated") {
            concept.is_deprecated = ["true", "1"].contains(&value);
        }
        match predicate.strip_prefix(SKOS) {
            _ if value.is_empty() => {}
            Some("notation") => drop(concept.notation.get_or_insert_with(|| value.to_owned())),
            Some("prefLabel") => match concept.labels.get(language) {
                // SKOS allows one preferred label in a language; the others are not lost.
                Some(first) if first != value => concept.alt_labels.push(Label::new(language, value)),
                _ => drop(concept.labels.insert(language.to_owned(), value.to_owned())),
            },
            Some("altLabel" | "hiddenLabel") => concept.alt_labels.push(Label::new(language, value)),
            Some("scopeNote") => drop(concept.scope_note.insert(language.to_owned(), value.to_owned())),
            _ => {}
        }
    }
}
