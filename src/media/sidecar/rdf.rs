//! The XML of XMP as a tree: elements and attributes by the names that the XMP specification gives them,
//! whatever prefixes the file has chosen.

use anyhow::{Context, Result, bail, ensure};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, NamespaceResolver, QName, ResolveResult};
use quick_xml::reader::NsReader;

use crate::media::table::character;

/// Elements may be nested so deeply.
const DEEPEST: usize = 64;

/// The most elements and attributes of one sidecar.
const MOST_NODES: usize = 100_000;

/// The namespaces that are understood, by their usual prefixes (XMP part 1, 8; part 2; IPTC; MWG 2.0).
const NAMESPACES: [(&str, &str); 15] = [
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
    ("adobe:ns:meta/", "x"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://ns.adobe.com/photoshop/1.0/", "photoshop"),
    ("http://ns.adobe.com/exif/1.0/", "exif"),
    ("http://ns.adobe.com/xap/1.0/", "xmp"),
    ("http://ns.adobe.com/xap/1.0/rights/", "xmpRights"),
    ("http://ns.adobe.com/tiff/1.0/", "tiff"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Iptc4xmpCore"),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "Iptc4xmpExt"),
    ("http://www.digikam.org/ns/1.0/", "digiKam"),
    ("http://ns.adobe.com/lightroom/1.0/", "lr"),
    ("http://www.metadataworkinggroup.com/schemas/regions/", "mwg-rs"),
    ("http://ns.microsoft.com/photo/1.2/t/Region#", "MPReg"),
];

/// An element, or an attribute: RDF lets a simple property be either.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Prefix and name, as `dc:title`; empty for a namespace that is not understood.
    pub(super) name: String,
    /// The text directly inside.
    pub(super) text: String,
    /// What stands inside: attributes first, then elements.
    pub(super) children: Vec<Node>,
}

impl Node {
    /// Returns the first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads the tree. Entities of a document type are never expanded; unknown ones stay as they are written.
///
/// # Errors
/// If the text is not well-formed XML, is nested too deeply or has too many elements.
pub(super) fn read(text: &str) -> Result<Node> {
    let mut xml = NsReader::from_str(text);
    xml.config_mut().expand_empty_elements = true;
    let mut open = vec![Node::default()];
    let mut left = MOST_NODES;
    loop {
        let (namespace, event) = xml.read_resolved_event().context("the XMP is damaged")?;
        match event {
            Event::Start(element) => {
                ensure!(open.len() <= DEEPEST, "the XMP is nested more than {DEEPEST} deep");
                let name = name_of(&namespace, element.name());
                let node = Node { name, text: String::new(), children: attributes(&element, xml.resolver()) };
                let nodes = node.children.len().saturating_add(1);
                left = left.checked_sub(nodes).with_context(|| format!("the XMP has more than {MOST_NODES} elements"))?;
                open.push(node);
            }
            Event::End(_) => close(&mut open)?,
            Event::Text(text) => write(&mut open, &text.xml10_content()),
            Event::CData(text) => write(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => write(&mut open, &character(&reference)),
            Event::Eof => break,
            _ => {}
        }
    }
    let (Some(root), true) = (open.pop(), open.is_empty()) else { bail!("the XMP is cut off") };
    Ok(root)
}

fn close(open: &mut Vec<Node>) -> Result<()> {
    let closed = open.pop().context("the XMP is damaged")?;
    open.last_mut().context("the XMP is damaged")?.children.push(closed);
    Ok(())
}

fn write(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn attributes(element: &BytesStart<'_>, resolver: &NamespaceResolver) -> Vec<Node> {
    let mut attributes = element.attributes();
    let mut nodes = Vec::new();
    for attribute in attributes.with_checks(false).flatten().take(MOST_NODES) {
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, _) = resolver.resolve_attribute(attribute.key);
        // An entity that is not known is no reason to lose the words around it.
        let text = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|_| attribute.value.clone());
        nodes.push(Node { name: name_of(&namespace, attribute.key), text: text.into_owned(), children: Vec::new() });
    }
    nodes
}

/// Returns the name with the usual prefix. A prefix that the file forgot to declare is taken at its word.
fn name_of(namespace: &ResolveResult<'_>, name: QName<'_>) -> String {
    let local = name.local_name().into_inner();
    match namespace {
        ResolveResult::Bound(Namespace(address)) => {
            let known = NAMESPACES.iter().find(|(known, _)| known == address);
            known.map(|(_, prefix)| format!("{prefix}:{local}")).unwrap_or_default()
        }
        ResolveResult::Unknown(_) => name.into_inner().to_owned(),
        ResolveResult::Unbound => String::new(),
    }
}
